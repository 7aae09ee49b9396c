//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use fid_core::Preset;
use fid_inception::WeightsSource;
use fid_kernels::DeviceChoice;

use crate::EvalConfig;
use crate::weights::FetchOptions;

mod weights;

pub use weights::{Fetch, WeightsCommand};

/// The Fréchet Inception Distance of two folders of images, on any GPU or none.
///
/// Prints one line, `FID: VALUE`, on standard output; everything else goes to standard error.
/// Lower is closer; equal folders give 0.
#[derive(Debug, Parser)]
#[command(
    name = "fid-gpu",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  \
        fid-gpu --real photos --fake samples\n  \
        fid-gpu --real photos --fake samples --json > fid.json\n  \
        fid-gpu --real a --fake b --weights seeded      # no weights at hand: random ones\n  \
        fid-gpu weights fetch                           # the published weights, once\n  \
        fid-gpu devices\n\n\
        Exit status: 0 when the value was printed, 2 on any error."
)]
pub struct Cli {
    /// What to do instead of comparing two folders.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Comparing two folders.
    #[command(flatten)]
    pub compare: Option<Compare>,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the devices that --device takes
    Devices,
    /// Fetch, verify, find, import or export the weights of the network
    #[command(subcommand)]
    Weights(WeightsCommand),
}

/// The arguments of a comparison.
#[derive(Debug, Args)]
pub struct Compare {
    /// Folder of real images, with its subfolders
    #[arg(long, value_name = "DIR")]
    pub real: PathBuf,

    /// Folder of generated images, with its subfolders
    #[arg(long, value_name = "DIR")]
    pub fake: PathBuf,

    /// Weights of the network: a .pth, .onnx or .safetensors file, or seeded
    ///
    /// Without it, the published file is looked for in the cache folders of fid-gpu and PyTorch, and
    /// downloaded (96 MB) if it is in neither.
    /// `seeded` draws random weights, the same on every machine: for trying the program and for
    /// tests. Their values are not comparable with published FID.
    #[arg(long, value_name = "FILE|seeded[:SEED]")]
    pub weights: Option<WeightsSource>,

    /// Download nothing
    ///
    /// So does the environment variable FID_GPU_OFFLINE. Other places to download from are named by
    /// FID_GPU_WEIGHTS_URL, another cache folder by FID_GPU_CACHE.
    #[arg(long)]
    pub offline: bool,

    /// How images become the network's input; each named after the program it equals
    #[arg(long, value_name = "NAME", default_value_t = Preset::PytorchFid)]
    pub preset: Preset,

    /// Where the network runs: auto, cpu, vulkan, metal, dx12, webgpu, with :INDEX for one of several
    ///
    /// auto takes a hardware GPU where there is one, else the CPU. webgpu takes whichever of the
    /// graphics APIs has an adapter. A software adapter is used only when its API is named.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// Images that pass the network together; never more than the device can hold
    #[arg(long, value_name = "N")]
    pub batch_size: Option<NonZeroUsize>,

    /// Threads that decode images [default: one for each core]
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,

    /// Print one JSON object instead of the line
    #[arg(long)]
    pub json: bool,

    /// No progress and no notes; errors are still told
    #[arg(long, short)]
    pub quiet: bool,
}

impl Compare {
    /// The plan that these arguments ask for.
    pub fn config(&self) -> EvalConfig {
        let fetch = FetchOptions::from_env();
        EvalConfig {
            weights: self.weights.clone(),
            fetch: (!self.offline && !fetch.offline).then_some(fetch),
            preset: self.preset,
            device: self.device,
            batch_size: self.batch_size,
            workers: self.workers,
            ..EvalConfig::new(&self.real, &self.fake)
        }
    }
}
