//! What to compute, and on what.

/// Methods that set a field each and return the configuration, so that calls chain.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty => $field:ident $(. $inner:ident)*;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.$field$(.$inner)* = $name.into();
            self
        }
    )*};
}

pub(crate) use setters;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use fid_core::{DeviceChoice, Precision, Preset};
use fid_weights::WeightsSource;

use crate::metrics::{MetricSet, MetricsConfig};
use crate::observer::Side;
use crate::output::features::SaveConfig;
use crate::pipeline::Want;
use crate::weights::{DownloadOptions, cache_folder};

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

    setters! {
        /// Sets [`Self::assume_preset`].
        assume_preset: impl Into<Option<Preset>> => assume_preset;
        /// Sets [`Self::save`].
        save: SaveConfig => save;
        /// Sets [`Self::metrics`] with their conventions.
        metrics: MetricsConfig => metrics;
        /// Sets [`MetricsConfig::select`].
        select: impl Into<MetricSet> => metrics.select;
        /// Sets [`Self::explain`].
        explain: bool => explain;
        /// Sets [`Self::run`].
        run: RunConfig => run;
        /// Sets [`RunConfig::preset`].
        preset: Preset => run.preset;
        /// Sets [`RunConfig::weights`].
        weights: impl Into<Option<WeightsSource>> => run.weights;
        /// Sets [`RunConfig::device`].
        device: DeviceChoice => run.device;
    }

    /// Sets [`Self::save_stats`].
    #[must_use]
    pub fn save_stats(mut self, path: impl Into<PathBuf>) -> Self {
        self.save_stats = Some(path.into());
        self
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

impl RunConfig {
    setters! {
        /// Sets [`Self::weights`].
        weights: impl Into<Option<WeightsSource>> => weights;
        /// Sets [`Self::download`].
        download: impl Into<Option<DownloadOptions>> => download;
        /// Sets [`Self::cache`].
        cache: impl Into<Option<PathBuf>> => cache;
        /// Sets [`Self::features_cache`].
        features_cache: impl Into<Option<PathBuf>> => features_cache;
        /// Sets [`Self::preset`].
        preset: Preset => preset;
        /// Sets [`Self::also`].
        also: Vec<Preset> => also;
        /// Sets [`Self::precision`].
        precision: Precision => precision;
        /// Sets [`Self::device`].
        device: DeviceChoice => device;
        /// Sets [`Self::batch_size`].
        batch_size: impl Into<Option<NonZeroUsize>> => batch_size;
        /// Sets [`Self::workers`].
        workers: impl Into<Option<NonZeroUsize>> => workers;
        /// Sets [`Self::skip_bad`].
        skip_bad: bool => skip_bad;
    }
}
