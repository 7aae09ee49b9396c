//! What to compute, and on what.

mod setters;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use fid_core::{DeviceChoice, Precision, Preset, Tap};
use fid_weights::WeightsSource;

use crate::metrics::MetricsConfig;
use crate::observer::Side;
use crate::pipeline::Want;
use crate::shard::Shard;
use crate::weights::{DownloadOptions, cache_folder};

pub(crate) use self::setters::setters;

/// Everything that [`crate::evaluate`] needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EvalConfig {
    /// The real images: anything that a [`crate::source::ImageSet`] is opened from, or a statistics
    /// file, which is a `.npz` with `mu` and `sigma`.
    pub real: PathBuf,
    /// The generated images, likewise.
    pub fake: PathBuf,
    /// How statistics files of other programs were made; without it they are refused.
    pub assume_preset: Option<Preset>,
    /// A `.npz` file to keep the statistics of the real images in.
    pub save_stats: Option<PathBuf>,
    /// Files to keep the features of single images in.
    pub save: SaveConfig,
    /// What is computed.
    pub metrics: MetricsConfig,
    /// Whether the report explains the value in words, for which eigenvalues are computed: about
    /// 2 s a side.
    pub explain: bool,
    /// How features are made of folders.
    pub run: RunConfig,
}

impl EvalConfig {
    /// What is read of a side.
    pub(crate) fn wants(&self, side: Side) -> Vec<Want> {
        self.metrics.wants(side, self.save.wants())
    }

    /// Compares two folders or statistics files, with the defaults of the command line.
    pub fn new(real: impl Into<PathBuf>, fake: impl Into<PathBuf>) -> Self {
        let (real, fake) = (real.into(), fake.into());
        Self {
            real,
            fake,
            assume_preset: None,
            save_stats: None,
            save: SaveConfig::default(),
            metrics: MetricsConfig::default(),
            explain: false,
            run: RunConfig::default(),
        }
    }
}

/// How features are made of images.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunConfig {
    /// The weights; `None` looks for the published file, see [`crate::weights::find`].
    pub weights: Option<WeightsSource>,
    /// How to download the published file if no weights are named and it is not found. The default
    /// is `None`, which forbids it; the command line takes
    /// [`DownloadOptions::from_env`](crate::weights::DownloadOptions::from_env).
    pub download: Option<DownloadOptions>,
    /// The folder for packed forms of weights files, which the next run maps; `None` writes none. See
    /// [`crate::weights::load`].
    pub cache: Option<PathBuf>,
    /// The folder in which the features of images are kept, so that no image passes the network twice;
    /// none keeps none. It is made where there is none. The values are the same to the bit.
    pub features_cache: Option<PathBuf>,
    /// How images become the network's input.
    pub preset: Preset,
    /// Other presets whose FID is given beside: each costs another pass of the network.
    pub also: Vec<Preset>,
    /// The numbers that the network is computed in; f32 is what FID is defined by. Which others there
    /// are depends on the device.
    pub precision: Precision,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// Images that pass the network together; none takes what suits the device. A device that
    /// cannot hold that many gets as many as it can.
    pub batch_size: Option<NonZeroUsize>,
    /// Threads that decode images; none takes one for each core.
    pub workers: Option<NonZeroUsize>,
    /// Leave out what is named like an image and cannot be read, and say so in the result, instead
    /// of ending the run.
    pub skip_bad: bool,
}

impl Default for RunConfig {
    /// The defaults of the command line, except that nothing is downloaded.
    fn default() -> Self {
        Self {
            weights: None,
            download: None,
            cache: cache_folder(),
            features_cache: None,
            preset: Preset::PytorchFid,
            also: Vec::new(),
            precision: Precision::F32,
            device: DeviceChoice::default(),
            batch_size: None,
            workers: None,
            skip_bad: false,
        }
    }
}

/// What [`statistics`](crate::statistics()) needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsConfig {
    /// Folder of images, or anything else that an [`ImageSet`] is opened from.
    pub folder: PathBuf,
    /// The part of the folder's sorted list that is taken; none takes all.
    pub shard: Option<Shard>,
    /// Whether the statistics of sFID are made as well.
    pub spatial: bool,
    /// How features are made.
    pub run: RunConfig,
}

impl StatsConfig {
    /// A whole folder, with the defaults of the command line.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), shard: None, spatial: false, run: RunConfig::default() }
    }
}

/// Where to keep what the network gave for each image; by default nowhere.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SaveConfig {
    /// The folder that gets `real-pool3.npy` and `fake-pool3.npy`, f32 `[n, 2048]`.
    pub features: Option<PathBuf>,
    /// The folder that gets `real-logits.npy` and `fake-logits.npy`, f32 `[n, 1008]`: logits without
    /// the classifier's bias, as the Inception Score reads them.
    pub logits: Option<PathBuf>,
}

impl SaveConfig {
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&Path, Tap, &'static str)> {
        let features = self.features.as_deref().map(|folder| (folder, Tap::Pool3, "pool3"));
        let logits = self.logits.as_deref().map(|folder| (folder, Tap::LogitsUnbiased, "logits"));
        features.into_iter().chain(logits)
    }

    /// What it needs of the network.
    pub(crate) fn wants(&self) -> impl Iterator<Item = Want> {
        self.kinds().map(|(_, tap, _)| Want::rows(tap))
    }
}
