//! The network on its device, with the configuration of a run.

use std::cell::OnceCell;
use std::iter;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use fid_core::{Engine, Preset, Tap};
use fid_weights::{WeightsFormat, WeightsSource};

use crate::device::Device;
use crate::feature_cache::{FeatureCache, FeatureRecipe};
use crate::observer::{Observer, Side};
use crate::pipeline::{Pipeline, SetFeatures, Want, batch_size};
use crate::report::{Versions, WeightsReport};
use crate::source::ImageSet;
use crate::stats_file::{FORMAT, FileRange, Recipe, StatsMeta};
use crate::{Error, RunConfig, weights};

/// An extractor opened on first use. A comparison of two statistics files never opens it.
pub(crate) struct LazyExtractor<'a> {
    config: &'a RunConfig,
    /// The layer whose features FID compares.
    layer: Tap,
    observer: &'a dyn Observer,
    cell: OnceCell<Extractor>,
}

impl<'a> LazyExtractor<'a> {
    pub(crate) fn new(config: &'a RunConfig, layer: Tap, observer: &'a dyn Observer) -> Self {
        Self { config, layer, observer, cell: OnceCell::new() }
    }

    /// The layer whose features FID compares.
    pub(crate) fn layer(&self) -> Tap {
        self.layer
    }

    /// The extractor; the first call opens it.
    pub(crate) fn get(&self) -> Result<&Extractor, Error> {
        if let Some(extractor) = self.cell.get() {
            return Ok(extractor);
        }
        let extractor = Extractor::open(self.config, self.layer, self.observer)?;
        Ok(self.cell.get_or_init(|| extractor))
    }

    /// The extractor, if it was opened.
    pub(crate) fn opened(&self) -> Option<&Extractor> {
        self.cell.get()
    }
}

/// A network on a device, and the presets that prepare its input.
#[derive(Debug)]
pub(crate) struct Extractor {
    pub(crate) engine: Arc<dyn Engine>,
    /// The weights of Inception-v3; `None` for another network.
    weights: Option<WeightsReport>,
    /// The layer whose features FID compares.
    tap: Tap,
    /// Its name, which for another network is the caller's.
    layer: String,
    pub(crate) batch_size: NonZeroUsize,
    /// A remark about the weights for the report.
    pub(crate) note: Option<String>,
    /// Wall-clock seconds for opening the device and loading the weights.
    pub(crate) seconds: f64,
    workers: NonZeroUsize,
    config: RunConfig,
    /// The presets; the first is that of the FID.
    presets: Vec<Preset>,
    /// The feature cache of each preset; empty without a cache folder.
    caches: Vec<FeatureCache>,
}

impl Extractor {
    pub(crate) fn open(
        config: &RunConfig,
        layer: Tap,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        if let Some(folder) = &config.features_cache {
            FeatureCache::prepare(folder)?;
        }
        observer.phase("loading weights");
        let opening = Instant::now();
        let device = Device::open(config.device)?;
        device.require(config.precision)?;
        let opening = opening.elapsed();
        let source = match &config.weights {
            Some(source) => source.clone(),
            None => {
                WeightsSource::File(weights::find_or_download(config.download.as_ref(), observer)?)
            }
        };
        let start = Instant::now();
        let loaded = weights::load(&source, config.cache.as_deref(), observer)?;
        let expected = &weights::current().sha256;
        let found = config.weights.is_none() && loaded.identity.sha256 != *expected;
        let note = format!("the weights found are not the published file: {source}");
        let engine = device.engine(&loaded.weights, config.precision)?;
        let mut extractor = Self::of_engine(engine, config, layer.name());
        extractor.tap = layer;
        if let Some(folder) = &config.features_cache {
            for preset in &extractor.presets {
                let (weights, info) = (loaded.identity.sha256.clone(), extractor.engine.info());
                let precision = config.precision.name();
                let recipe =
                    FeatureRecipe::new(preset.name(), weights, precision, info.arithmetic.clone());
                extractor.caches.push(FeatureCache::open(folder, &recipe)?);
            }
        }
        extractor.weights = Some(WeightsReport {
            random: loaded.identity.format == WeightsFormat::Seeded,
            name: loaded.identity.name,
            sha256: loaded.identity.sha256,
        });
        extractor.note = found.then_some(note);
        // Excludes the download.
        extractor.seconds = (opening + start.elapsed()).as_secs_f64();
        Ok(extractor)
    }

    /// An extractor for `engine`, whose features are named `layer`.
    pub(crate) fn of_engine(engine: Arc<dyn Engine>, config: &RunConfig, layer: &str) -> Self {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let others = config.also.iter().filter(|&&preset| preset != config.preset);
        Self {
            weights: None,
            tap: Tap::Pool3,
            layer: layer.into(),
            batch_size: batch_size(config.batch_size, engine.info()),
            note: None,
            seconds: 0.0,
            workers: config.workers.unwrap_or(cores),
            config: config.clone(),
            presets: iter::once(&config.preset).chain(others).copied().collect(),
            caches: Vec::new(),
            engine,
        }
    }

    /// The pipeline that computes `wants`.
    pub(crate) fn pipeline<'a>(&'a self, wants: &'a [Want]) -> Pipeline<'a> {
        Pipeline {
            engine: &self.engine,
            presets: &self.presets,
            wants,
            batch_size: self.batch_size,
            workers: self.workers,
            skip_bad: self.config.skip_bad,
            caches: &self.caches,
        }
    }

    /// Computes `wants` for the images at `range` of a set.
    pub(crate) fn run(
        &self,
        side: Side,
        images: &ImageSet,
        range: Range<usize>,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<SetFeatures, Error> {
        SetFeatures::run(&self.pipeline(wants), self.tap, side, images, range, observer)
    }

    /// The layer whose features FID compares.
    pub(crate) fn tap(&self) -> Tap {
        self.tap
    }

    /// The recipe of this extractor's features: only equal recipes are compared.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            preset: self.config.preset.to_string(),
            weights: self.weights.clone(),
            tap: Some(self.layer.clone()),
            precision: self.config.precision.to_string(),
        }
    }

    /// The origin of statistics of `images` images; `files` identifies them.
    pub(crate) fn meta(&self, images: u64, files: Vec<FileRange>) -> StatsMeta {
        StatsMeta {
            format: FORMAT,
            images,
            ddof: 1,
            recipe: self.recipe(),
            decoder: format!("fid-gpu {}", env!("CARGO_PKG_VERSION")),
            versions: Versions::default(),
            device: self.engine.info().device.clone(),
            tap_s: None,
            features: false,
            files,
        }
    }
}
