//! The inputs of a run: data sets, metrics, network and device.

mod setters;

use std::iter;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use fid_core::{Devices, Precision, Preparation, Preset, Tap};
use fid_weights::WeightsSource;

use crate::Error;
use crate::encoder::Encoder;
use crate::metrics::{MetricSet, MetricsConfig};
use crate::observer::Side;
use crate::pipeline::Want;
use crate::samples::Samples;
use crate::shard::Shard;
use crate::weights::{DownloadOptions, cache_folder};

pub(crate) use self::setters::setters;

/// Configuration of [`evaluate`](crate::evaluate): both sides, the metrics and the network.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EvalConfig {
    /// The real images: any path that [`ImageSet::open`](crate::source::ImageSet::open) accepts, or
    /// a statistics file (`.npz` with `mu` and `sigma`).
    pub real: PathBuf,
    /// The generated images, in the same forms as [`Self::real`].
    pub fake: PathBuf,
    /// What is done to the real images before the preset, such as a resize to the generator's size.
    /// A statistics file must record the same.
    pub real_preparation: Preparation,
    /// What is done to the generated images before the preset.
    pub fake_preparation: Preparation,
    /// The random subset of each side to use; `None` uses every image.
    pub samples: Option<Samples>,
    /// The preset assumed for statistics files of other programs, which do not record theirs;
    /// `None` refuses such files.
    pub assume_preset: Option<Preset>,
    /// The `.npz` file to write the statistics of the real images to.
    pub save_stats: Option<PathBuf>,
    /// Where to write the features and logits of every image.
    pub save: SaveConfig,
    /// The metrics to compute, with their conventions.
    pub metrics: MetricsConfig,
    /// Whether the report explains the value in words. This computes eigenvalues, about 2 s a side.
    pub explain: bool,
    /// Weights, preset, device and caches: how images become features.
    pub run: RunConfig,
}

impl EvalConfig {
    /// The features that the metrics and saved files read of a side.
    /// FID compares `layer`.
    pub(crate) fn wants(&self, side: Side, layer: Tap) -> Vec<Want> {
        self.metrics.wants(side, layer, self.save.wants())
    }

    /// What is done to the images of a side before the preset.
    pub(crate) fn preparation(&self, side: Side) -> Preparation {
        if side == Side::Fake { self.fake_preparation } else { self.real_preparation }
    }

    /// Compares two folders or statistics files, with the defaults of the command line.
    pub fn new(real: impl Into<PathBuf>, fake: impl Into<PathBuf>) -> Self {
        let (real, fake) = (real.into(), fake.into());
        Self {
            real,
            fake,
            real_preparation: Preparation::default(),
            fake_preparation: Preparation::default(),
            samples: None,
            assume_preset: None,
            save_stats: None,
            save: SaveConfig::default(),
            metrics: MetricsConfig::default(),
            explain: false,
            run: RunConfig::default(),
        }
    }
}

/// How images become features: weights, preset, device, batches and caches.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunConfig {
    /// The network whose features are compared. [`Self::preset`] must be one of its presets; the setter
    /// [`Self::encoder`](Self::encoder()) chooses its default.
    pub encoder: Encoder,
    /// The weights; `None` searches for the published file, see [`crate::weights::find`].
    pub weights: Option<WeightsSource>,
    /// How to download the published file if `weights` is `None` and the file is not found. The
    /// default, `None`, downloads nothing; the command line uses
    /// [`DownloadOptions::from_env`](crate::weights::DownloadOptions::from_env).
    pub download: Option<DownloadOptions>,
    /// The folder for packed weights files, which later runs map into memory. `None` writes no
    /// packed file. See [`crate::weights::load`].
    pub cache: Option<PathBuf>,
    /// The folder that caches the features of every image, so that later runs compute only new
    /// images. `None` disables the cache. Created if missing. Cached values equal computed ones to
    /// the bit, unless unlike devices computed them.
    pub features_cache: Option<PathBuf>,
    /// How images become the network's input.
    pub preset: Preset,
    /// Additional presets whose FID the report lists. Each costs another pass of the network.
    pub also: Vec<Preset>,
    /// The number format of the network. FID is defined in f32; the device decides which others are
    /// supported.
    pub precision: Precision,
    /// Where the network runs: one device, or several that share the batches equally.
    pub device: Devices,
    /// Images in a batch, capped at the number that the device can hold. `None` uses the device's
    /// default.
    pub batch_size: Option<NonZeroUsize>,
    /// Threads that decode images; `None` uses one for each core.
    pub workers: Option<NonZeroUsize>,
    /// Whether to skip image files that cannot be read, and list them in the result, instead of
    /// ending the run.
    pub skip_bad: bool,
    /// Whether a set must not have files that look like images and are not read. Otherwise the
    /// result lists them.
    pub strict: bool,
}

impl RunConfig {
    /// Checks that the encoder has the presets, and what the metrics and the layer need.
    pub(crate) fn require(&self, metrics: &MetricSet, layer: Tap) -> Result<(), Error> {
        let presets: Vec<_> = iter::once(self.preset).chain(self.also.iter().copied()).collect();
        self.encoder.require(metrics, &presets)?;
        if layer != Tap::Pool3 && self.encoder != Encoder::Inception {
            let encoder = self.encoder.to_string();
            return Err(Error::NoLayer { layer: layer.name(), encoder });
        }
        Ok(())
    }
}

impl Default for RunConfig {
    /// The defaults of the command line, except that nothing is downloaded.
    fn default() -> Self {
        Self {
            encoder: Encoder::default(),
            weights: None,
            download: None,
            cache: cache_folder(),
            features_cache: None,
            preset: Preset::PYTORCH_FID,
            also: Vec::new(),
            precision: Precision::F32,
            device: Devices::default(),
            batch_size: None,
            workers: None,
            skip_bad: false,
            strict: false,
        }
    }
}

/// Configuration of [`statistics`](crate::statistics()).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsConfig {
    /// Folder of images, or any other path that [`ImageSet::open`](crate::source::ImageSet::open)
    /// accepts.
    pub folder: PathBuf,
    /// What is done to the images before the preset.
    pub preparation: Preparation,
    /// The random subset to use; `None` uses every image.
    pub samples: Option<Samples>,
    /// The part of the folder's sorted list, or of the subset, to use; `None` uses all of it.
    pub shard: Option<Shard>,
    /// Whether to compute the statistics of sFID too.
    pub spatial: bool,
    /// The layer of the statistics: [`Tap::Pool3`] for FID, or [`Tap::Pool64`], [`Tap::Pool192`],
    /// [`Tap::Pool768`].
    pub layer: Tap,
    /// Whether to keep the features of every image in the file, 8 KiB each at pool3, which KID, precision
    /// and recall and other metrics of single images need. Up to 2048 images are always kept.
    pub features: bool,
    /// Whether [`save_statistics`](crate::save_statistics) keeps the images in the file as well, as a
    /// uint8 array `arr_0` of `[images, height, width, 3]` like the reference batches of
    /// guided-diffusion. They must be of one size.
    pub images: bool,
    /// Weights, preset, device and caches.
    pub run: RunConfig,
}

impl StatsConfig {
    /// All images of `folder`, with the defaults of the command line.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            preparation: Preparation::default(),
            samples: None,
            shard: None,
            spatial: false,
            layer: Tap::Pool3,
            features: false,
            images: false,
            run: RunConfig::default(),
        }
    }
}

/// Where to write the features and logits of every image. By default nothing is written.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SaveConfig {
    /// The folder that gets `real-pool3.npy` and `fake-pool3.npy`, f32 `[n, 2048]`; of another encoder
    /// `real-features.npy` and `fake-features.npy`, f32 `[n, features]`.
    pub features: Option<PathBuf>,
    /// The folder that gets `real-logits.npy` and `fake-logits.npy`, f32 `[n, 1008]`: logits
    /// without the classifier's bias, as the Inception Score reads them.
    pub logits: Option<PathBuf>,
}

impl SaveConfig {
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&Path, Tap)> {
        let features = self.features.as_deref().map(|folder| (folder, Tap::Pool3));
        let logits = self.logits.as_deref().map(|folder| (folder, Tap::LogitsUnbiased));
        features.into_iter().chain(logits)
    }

    /// The layers that the files need.
    pub(crate) fn wants(&self) -> impl Iterator<Item = Want> {
        self.kinds().map(|(_, tap)| Want::rows(tap))
    }
}
