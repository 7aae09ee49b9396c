//! Builder methods: each sets one field and returns the configuration.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, IntervalConfig, KidConfig, MifidConfig, MindConfig,
    PrdcConfig,
};
use fid_core::{Devices, Precision, Preparation, Preset, Tap};
use fid_weights::WeightsSource;

use super::{EvalConfig, RunConfig, SaveConfig, StatsConfig};
use crate::encoder::Encoder;
use crate::metrics::{ImagesConfig, MetricSet, MetricsConfig, ProductsOn};
use crate::samples::Samples;
use crate::shard::Shard;
use crate::weights::DownloadOptions;

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

impl EvalConfig {
    setters! {
        /// Sets [`Self::real_preparation`].
        real_preparation: Preparation => real_preparation;
        /// Sets [`Self::fake_preparation`].
        fake_preparation: Preparation => fake_preparation;
        /// Sets [`Self::samples`].
        samples: impl Into<Option<Samples>> => samples;
        /// Sets [`Self::assume_preset`].
        assume_preset: impl Into<Option<Preset>> => assume_preset;
        /// Sets [`Self::save_stats`].
        save_stats: impl Into<Option<PathBuf>> => save_stats;
        /// Sets [`Self::save`].
        save: SaveConfig => save;
        /// Sets [`Self::metrics`].
        metrics: MetricsConfig => metrics;
        /// Sets [`MetricsConfig::select`], such as `[Metric::Fid, Metric::Kid]`.
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
        device: impl Into<Devices> => run.device;
    }

    /// Sets [`RunConfig::encoder`] and its default preset.
    #[must_use]
    pub fn encoder(mut self, encoder: Encoder) -> Self {
        self.run = self.run.encoder(encoder);
        self
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
        device: impl Into<Devices> => device;
        /// Sets [`Self::batch_size`].
        batch_size: impl Into<Option<NonZeroUsize>> => batch_size;
        /// Sets [`Self::workers`].
        workers: impl Into<Option<NonZeroUsize>> => workers;
        /// Sets [`Self::skip_bad`].
        skip_bad: bool => skip_bad;
        /// Sets [`Self::strict`].
        strict: bool => strict;
    }

    /// Sets [`Self::encoder`](field@Self::encoder), its default preset, and no further presets.
    #[must_use]
    pub fn encoder(mut self, encoder: Encoder) -> Self {
        self.preset = encoder.presets()[0];
        self.also = Vec::new();
        self.encoder = encoder;
        self
    }
}

impl StatsConfig {
    setters! {
        /// Sets [`Self::preparation`].
        preparation: Preparation => preparation;
        /// Sets [`Self::samples`].
        samples: impl Into<Option<Samples>> => samples;
        /// Sets [`Self::shard`].
        shard: impl Into<Option<Shard>> => shard;
        /// Sets [`Self::spatial`].
        spatial: bool => spatial;
        /// Sets [`Self::layer`].
        layer: Tap => layer;
        /// Sets [`Self::features`].
        features: bool => features;
        /// Sets [`Self::images`].
        images: bool => images;
        /// Sets [`Self::run`].
        run: RunConfig => run;
    }
}

impl SaveConfig {
    setters! {
        /// Sets [`Self::features`].
        features: impl Into<Option<PathBuf>> => features;
        /// Sets [`Self::logits`].
        logits: impl Into<Option<PathBuf>> => logits;
    }
}

impl MetricsConfig {
    setters! {
        /// Sets [`Self::select`], such as `[Metric::Fid, Metric::Kid]`.
        select: impl Into<MetricSet> => select;
        /// Sets [`Self::leave_out`].
        leave_out: bool => leave_out;
        /// Sets [`Self::kid`].
        kid: KidConfig => kid;
        /// Sets [`Self::inception_score`].
        inception_score: InceptionScoreConfig => inception_score;
        /// Sets [`Self::prdc`].
        prdc: PrdcConfig => prdc;
        /// Sets [`Self::fid_infinity`].
        fid_infinity: FidInfinityConfig => fid_infinity;
        /// Sets [`Self::mind`].
        mind: MindConfig => mind;
        /// Sets [`Self::mifid`].
        mifid: MifidConfig => mifid;
        /// Sets [`Self::products`].
        products: ProductsOn => products;
        /// Sets [`Self::images`].
        images: ImagesConfig => images;
    }
}

impl ImagesConfig {
    /// The usual minimum of images that a class needs on either side. The FID of fewer images says
    /// nothing.
    pub const MIN_CLASS_IMAGES: usize = 100;

    setters! {
        /// Sets [`Self::interval`].
        interval: impl Into<Option<IntervalConfig>> => interval;
        /// Sets [`Self::outliers`].
        outliers: usize => outliers;
        /// Sets [`Self::per_class`].
        per_class: impl Into<Option<usize>> => per_class;
    }
}
