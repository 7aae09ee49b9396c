//! How the network runs.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use fid_core::{Devices, Precision};
use fid_weights::WeightsSource;

use super::{EncoderArgs, Presets};
use crate::weights::DownloadOptions;
use crate::{Error, RunConfig, Suite};

/// Arguments of the network's run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The encoder.
    #[command(flatten)]
    pub encoder: EncoderArgs,

    /// Weights of the network: a .pth, .onnx or .safetensors file, or seeded
    ///
    /// By default the published file, from the cache folder of fid-gpu or PyTorch, or downloaded (96 MB)
    /// if it is in neither.
    /// `seeded` draws random weights, the same on every machine: for trying the program and for
    /// tests. Values with them are not comparable with published FID.
    #[arg(long, value_name = "FILE|seeded[:SEED]")]
    pub weights: Option<WeightsSource>,

    /// Download nothing
    ///
    /// The environment variable FID_GPU_OFFLINE does the same. FID_GPU_WEIGHTS_URL names a mirror,
    /// FID_GPU_CACHE another cache folder.
    #[arg(long)]
    pub offline: bool,

    /// Cache the features of every image in a folder, so that no image passes the network twice
    ///
    /// For sets that are compared again, also partly or with other --metrics, and for runs that may be
    /// interrupted: the next run continues where the last one stopped. Images are identified by their
    /// content, not by their names; presets, weights, devices and versions are kept apart. The values are
    /// the same to the bit. 8 KiB an image. Several runs may use a folder at once; anything in it may be
    /// removed while no run uses it.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// How images become the network's input: pytorch-fid, torch-fidelity, clean and others [default:
    /// pytorch-fid]
    ///
    /// Each is named after the program whose numbers it reproduces, clean after clean-fid; numbers of
    /// different presets are not comparable. The others: nvidia (StyleGAN3, EDM), torchmetrics, dgm-eval-clean,
    /// and Pillow's filters on bytes, which tutorials use: pil-nearest, pil-box, pil-bilinear,
    /// pil-bicubic, pil-lanczos. dgm-eval and clean-legacy-pytorch mean pytorch-fid; ttur, adm and
    /// torchmetrics-legacy mean torch-fidelity; clean-legacy-tf means nvidia.
    ///
    /// Those of DINOv2 are dgm-eval (the default), dgm-eval-clean (also pyiqa), edm2, torch-fidelity,
    /// fd-loss and transformers; of CLIP clean-clip (also openai), torch-fidelity, cmmd (the default of
    /// clip-l14-336), and dgm-eval and dgm-eval-clean of clip-l14-datacomp.
    ///
    /// With several, separated by commas, the first is the preset of everything, and a table of the FID
    /// under each follows; all means every preset. Images are decoded once, and pass the network once for
    /// each preset.
    #[arg(long, value_name = "NAME,…|all")]
    pub preset: Option<Presets>,

    /// Where the network runs: auto, cpu, vulkan, metal, dx12, webgpu, with :INDEX for one of several
    ///
    /// auto uses a hardware GPU if there is one, else the CPU. webgpu uses the first graphics API that
    /// has an adapter. A software adapter is used only if its API is named.
    ///
    /// Several share the images equally: vulkan:0,1 or cpu,vulkan:0; vulkan:all means all GPUs of the most
    /// capable kind. Which device computes an image follows from the image's place in its set.
    ///
    /// GPUs are counted in the order of their PCI addresses, without those that CUDA_VISIBLE_DEVICES,
    /// ROCR_VISIBLE_DEVICES or HIP_VISIBLE_DEVICES hide. `fid-gpu devices` lists them.
    #[arg(long, value_name = "DEVICE,…", default_value = "auto")]
    pub device: Devices,

    /// Precision of the network: f32, or f16 on GPUs that have it
    ///
    /// FID is defined by networks in f32: every published value is f32, and only f32 is comparable with
    /// it. With f16, weights and intermediate results are rounded to 16 bits, sums stay f32, and the
    /// value moves; docs/PRECISION.md says how far. f16 halves the memory of a batch. Reports and
    /// statistics files record the precision, and different ones are not compared.
    #[arg(long, value_name = "NAME", default_value = "f32")]
    pub precision: Precision,

    /// Images that pass the network together; at most as many as the device can hold
    #[arg(long, value_name = "N")]
    pub batch_size: Option<NonZeroUsize>,

    /// Threads that decode images [default: one for each core]
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,

    /// Skip images that cannot be read, and list them, instead of stopping at the first
    ///
    /// The value is that of the other images; the number of images changes it, so look at the list.
    /// Also skips dangling links and pipes that are named like images, and images too small for --center-crop.
    #[arg(long)]
    pub skip_bad: bool,

    /// Stop if a set has files that look like images and are not read
    ///
    /// Such as AVIF files, videos, and images that are not named as such. Without it, a note counts them.
    #[arg(long)]
    pub strict: bool,

    /// Print the seconds of each stage on standard error
    ///
    /// --json has the same numbers. The decoder's threads run beside the rest and their times are summed.
    /// On a GPU the network's time includes preprocessing, since waiting for that alone would cost time.
    #[arg(long)]
    pub timings: bool,
}

impl RunArgs {
    /// The library's configuration; without a preset, that of the suite.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the encoder does not have a preset, and as [`EncoderArgs::encoder`].
    pub fn config(&self, suite: Option<Suite>) -> Result<RunConfig, Error> {
        let download = DownloadOptions::from_env();
        let (encoder, own_weights) = self.encoder.encoder()?;
        let (preset, also) = Presets::choose(self.preset.as_ref(), suite, &encoder)?;
        Ok(RunConfig {
            encoder,
            weights: self.weights.clone().or(own_weights),
            download: (!self.offline && !download.offline).then_some(download),
            features_cache: self.cache.clone(),
            preset,
            also,
            precision: self.precision,
            device: self.device.clone(),
            batch_size: self.batch_size,
            workers: self.workers,
            skip_bad: self.skip_bad,
            strict: self.strict,
            ..RunConfig::default()
        })
    }
}
