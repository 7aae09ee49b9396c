//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use fid_core::{DeviceChoice, Precision};
use fid_weights::WeightsSource;

use crate::weights::DownloadOptions;
use crate::{RunConfig, Suite};

mod doctor;
mod features;
mod fid;
mod gate;
mod hint;
mod metrics;
mod pages;
mod presets;
mod report;
mod stats;
mod suite;
mod watch;
mod weights;

pub use doctor::{Diagnosis, Doctor};
pub use features::{FeatureArgs, FeatureKid, FeaturePrdc, Frechet, Told};
pub use fid::{Fid, How, Sides};
pub use gate::GateArgs;
pub use hint::hint;
pub use metrics::{IsVariant, KidArgs, MetricArgs, PrdcArgs, PrdcVariant};
pub use pages::{Completions, Man};
pub use presets::Presets;
pub use report::Report;
pub use stats::{Merge, Stats};
pub use watch::Watch;
pub use weights::{Fetch, WeightsCommand};

/// What images are read from.
const INPUTS: &str = "Inputs:\n  \
    DIR                        image files, with those of subfolders\n  \
    FILE.zip, FILE.tar         image files in an archive, as if it were a folder\n  \
    FILE.npy, FILE.npz         uint8 array [N,H,W,C], [N,C,H,W] or [N,H,W]; of .npz arr_0, or the only one\n  \
    ...-idx3-ubyte[.gz]        MNIST\n  \
    data_batch_1.bin           CIFAR-10, binary version\n  \
    FILE.txt, -                a list of paths, one a line; - is standard input\n  \
    'shard-{000..009}.tar'     several of these files, in order (quoted: a shell would split it)\n  \
    FILE.npz with mu, sigma    statistics, for either side of a comparison; of ADM's reference batches\n  \
    \x20                          arr_0, too, where single images are needed";

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
        fid-gpu fid photos samples --json > fid.json\n  \
        fid-gpu stats photos -o photos.npz              # once, then:\n  \
        fid-gpu fid photos.npz samples\n  \
        fid-gpu report photos samples -o report.html    # why it is what it is\n  \
        fid-gpu fid photos samples --fail-above 12      # exit status 1 if it is higher\n  \
        fid-gpu --real a --fake b --weights seeded      # no weights at hand: random ones\n  \
        fid-gpu weights fetch                           # the published weights, once\n  \
        fid-gpu devices\n\n\
        Inputs: a folder, .zip, .tar, .npy, .npz, MNIST's IDX, CIFAR-10's .bin, a list of paths (.txt or -), \
        'shard-{000..009}.tar', or a statistics file; fid-gpu fid --help has the table.\n\n\
        Exit status: 0 done, 1 the value is above a limit that was set, 2 an error or wrong usage, 3 the \
        two sides, or this run and the earlier one, were made differently and do not compare."
)]
pub struct Cli {
    /// What to do instead of comparing two folders.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Comparing two sets.
    // The two alone: clap does not see whether an optional group is there that has groups in it.
    #[command(flatten)]
    pub sides: Option<Sides>,

    /// How.
    #[command(flatten)]
    pub how: How,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare two sets: the same as --real REAL --fake FAKE
    #[command(after_help = INPUTS)]
    Fid(Fid),
    /// Compare two sets, and write a page that shows why the value is what it is
    ///
    /// One HTML file that needs neither network nor scripts: the value and its interval, FID against the
    /// number of images, eigenvalues, a map of both sets, the images that move the value most, the other
    /// metrics, and how it was made. Takes the arguments of fid; --interval, --outliers 8, --explain and the
    /// metrics that the page shows are added. What a set is too small for, or a statistics file has not, is
    /// left out, and the page says so.
    #[command(after_help = INPUTS)]
    Report(Report),
    /// The Fréchet distance of two files of features, of any network: images, sound, cells
    Frechet(Frechet),
    /// The Kernel Inception Distance of two files of features
    Kid(FeatureKid),
    /// Precision, recall, density and coverage of two files of features
    Prdc(FeaturePrdc),
    /// Keep the statistics of a set in a file, to compare with later and without the images
    #[command(after_help = INPUTS)]
    Stats(Stats),
    /// Make one statistics file of several, as if their images were in one folder
    Merge(Merge),
    /// Compare each folder of samples that a training run writes, as it appears
    ///
    /// Ends with Ctrl-C, or with --once when all that is there is done. With --jsonl, folders that are
    /// in the file already are passed over. A limit that is exceeded ends it with exit status 1.
    Watch(Watch),
    /// List the devices that --device takes
    Devices,
    /// Say what this machine has, and try each stage of a run on a device against known answers
    ///
    /// Needs neither images nor weights. On a software adapter it takes a minute.
    Doctor(Doctor),
    /// Fetch, verify, find, import or export the weights of the network
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Print a script that completes this command line in a shell
    Completions(Completions),
    /// Print the man page, or write one for each command
    Man(Man),
}

/// The network: what makes features of images.
#[derive(Debug, Args)]
pub struct RunArgs {
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

    /// Keep the features of every image in a folder, and take those that are there instead of decoding and
    /// running the network
    ///
    /// For sets that are compared again, also partly or with other --metrics, and for runs that may be
    /// stopped: what was done is there the next time. An image is found by its content, whatever its file
    /// is called; presets, weights, devices and versions are kept apart. The values are the same to the
    /// bit. 8 KiB an image. Several runs may use a folder at once; anything in it may be removed while
    /// none does.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// How images become the network's input: pytorch-fid, torch-fidelity, clean and others [default:
    /// pytorch-fid]
    ///
    /// Each is named after the program whose numbers it gives, clean after clean-fid; numbers of
    /// different presets do not compare. The others: nvidia (StyleGAN3, EDM), torchmetrics, dgm-eval-clean,
    /// and Pillow's filters on bytes, as tutorials use them: pil-nearest, pil-box, pil-bilinear,
    /// pil-bicubic, pil-lanczos. dgm-eval and clean-legacy-pytorch mean pytorch-fid; ttur, adm and
    /// torchmetrics-legacy mean torch-fidelity; clean-legacy-tf means nvidia.
    ///
    /// With several, separated by commas, the first is the preset of everything, and a table of the FID
    /// under each follows; all means every preset. Images are decoded once, and pass the network once for
    /// each.
    #[arg(long, value_name = "NAME,…|all")]
    pub preset: Option<Presets>,

    /// Where the network runs: auto, cpu, vulkan, metal, dx12, webgpu, with :INDEX for one of several
    ///
    /// auto takes a hardware GPU where there is one, else the CPU. webgpu takes whichever of the
    /// graphics APIs has an adapter. A software adapter is used only when its API is named.
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// The numbers that the network is computed in: f32, bf16, f16
    ///
    /// FID is defined by networks in f32: every published value is, and only such values compare with it.
    /// With the others weights and intermediate results are rounded to 16 bits, sums are f32, and the
    /// value moves; docs/PRECISION.md says how far. It is recorded in reports and statistics files, and
    /// different ones are not compared. A GPU takes f16 if it has it, which halves the
    /// memory of a batch. The CPU takes both, to give the numbers of hardware that has them: it is not
    /// faster there.
    #[arg(long, value_name = "NAME", default_value = "f32")]
    pub precision: Precision,

    /// Images that pass the network together; never more than the device can hold
    #[arg(long, value_name = "N")]
    pub batch_size: Option<NonZeroUsize>,

    /// Threads that decode images [default: one for each core]
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,

    /// Leave out images that cannot be read, and list them, instead of stopping at the first
    ///
    /// The value is that of the other images; the number of images changes it, so look at the list.
    /// Also left out are links that lead nowhere and pipes, where they are named like images.
    #[arg(long)]
    pub skip_bad: bool,

    /// Say on standard error where the time went: one table of seconds for each stage
    ///
    /// --json has the same. The decoder's threads run beside the rest and their times are summed. On a
    /// GPU the network's time includes preprocessing, since waiting for that alone would cost time.
    #[arg(long)]
    pub timings: bool,
}

/// What is printed.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Print one JSON object instead of the line
    #[arg(long)]
    pub json: bool,

    /// No progress and no notes; errors are still told
    #[arg(long, short)]
    pub quiet: bool,
}

impl RunArgs {
    /// The same for the library; a suite's preset is taken where none is named.
    pub fn config(&self, suite: Option<Suite>) -> RunConfig {
        let download = DownloadOptions::from_env();
        let presets = suite::presets(self.preset.as_ref(), suite);
        RunConfig {
            weights: self.weights.clone(),
            download: (!self.offline && !download.offline).then_some(download),
            features_cache: self.cache.clone(),
            preset: presets.first,
            also: presets.others,
            precision: self.precision,
            device: self.device,
            batch_size: self.batch_size,
            workers: self.workers,
            skip_bad: self.skip_bad,
            ..RunConfig::default()
        }
    }
}
