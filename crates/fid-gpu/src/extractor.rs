//! The network on its device, with the configuration of a run.

use std::cell::OnceCell;
use std::iter;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use fid_core::{Engine, Preparation, Preset, Tap};

use crate::census::Census;
use crate::feature_cache::{FeatureCache, FeatureRecipe};
use crate::network::OpenNetwork;
use crate::observer::{Observer, Side};
use crate::pipeline::{Pipeline, SetFeatures, Want, batch_size};
use crate::report::WeightsReport;
use crate::samples::Sampled;
use crate::source::ImageSet;
use crate::stats_file::{FileRange, Recipe, StatsMeta};
use crate::{Error, EvalConfig, RunConfig};

/// An extractor opened on first use. A comparison of two statistics files never opens it.
pub(crate) struct LazyExtractor<'a> {
    config: &'a RunConfig,
    /// The layer whose features FID compares.
    layer: Tap,
    preparations: [Preparation; 2],
    observer: &'a dyn Observer,
    cell: OnceCell<Extractor>,
}

impl<'a> LazyExtractor<'a> {
    pub(crate) fn new(config: &'a EvalConfig, layer: Tap, observer: &'a dyn Observer) -> Self {
        let preparations = [config.real_preparation, config.fake_preparation];
        Self { config: &config.run, layer, preparations, observer, cell: OnceCell::new() }
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
        let Self { config, layer, preparations, observer, .. } = self;
        let extractor = Extractor::open(config, *layer, preparations, *observer)?;
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
    /// The encoder that files record; `None` for Inception.
    encoder: Option<String>,
    /// The weights; `None` for a network of the caller's.
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
    /// For each preparation of images, the feature cache of each preset; empty without a cache
    /// folder.
    caches: Vec<(Preparation, Vec<FeatureCache>)>,
}

impl Extractor {
    /// Opens the devices and loads the weights, for images of any of `preparations`.
    pub(crate) fn open(
        config: &RunConfig,
        layer: Tap,
        preparations: &[Preparation],
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        if let Some(folder) = &config.features_cache {
            FeatureCache::prepare(folder)?;
        }
        let OpenNetwork { engine, weights, note, seconds } = OpenNetwork::open(config, observer)?;
        let mut extractor = Self::of_engine(engine, config, layer.name());
        (extractor.tap, extractor.encoder) = (layer, config.encoder.recorded());
        if let Some(folder) = &config.features_cache {
            for &preparation in preparations {
                if extractor.caches(preparation).is_empty() {
                    let caches = extractor.open_caches(folder, preparation, &weights.sha256)?;
                    extractor.caches.push((preparation, caches));
                }
            }
        }
        (extractor.weights, extractor.note, extractor.seconds) = (Some(weights), note, seconds);
        Ok(extractor)
    }

    /// An extractor for `engine`, whose features are named `layer`.
    pub(crate) fn of_engine(engine: Arc<dyn Engine>, config: &RunConfig, layer: &str) -> Self {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let others = config.also.iter().filter(|&&preset| preset != config.preset);
        Self {
            encoder: None,
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

    fn open_caches(
        &self,
        folder: &Path,
        preparation: Preparation,
        weights: &str,
    ) -> Result<Vec<FeatureCache>, Error> {
        let (precision, info) = (self.config.precision.name(), self.engine.info());
        let open = |preset: &Preset| {
            let (weights, device) = (weights.to_owned(), info.arithmetic.clone());
            let encoder = (self.config.encoder.to_string(), info.features);
            let recipe = FeatureRecipe::new(preset.name(), encoder, weights, precision, device);
            FeatureCache::open(folder, &recipe.prepared(preparation))
        };
        self.presets.iter().map(open).collect()
    }

    /// The feature cache of each preset for images of a preparation.
    fn caches(&self, preparation: Preparation) -> &[FeatureCache] {
        let mut caches = self.caches.iter();
        caches.find(|(known, _)| *known == preparation).map_or(&[], |(_, caches)| caches)
    }

    /// The pipeline that computes `wants`, without a cache.
    pub(crate) fn pipeline<'a>(&'a self, wants: &'a [Want]) -> Pipeline<'a> {
        Pipeline {
            engine: &self.engine,
            presets: &self.presets,
            wants,
            batch_size: self.batch_size,
            workers: self.workers,
            skip_bad: self.config.skip_bad,
            caches: &[],
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
        let caches = self.caches(images.preparation());
        let pipeline = Pipeline { caches, ..self.pipeline(wants) };
        SetFeatures::run(&pipeline, self.tap, side, images, range, observer)
    }

    /// The layer whose features FID compares.
    pub(crate) fn tap(&self) -> Tap {
        self.tap
    }

    /// The recipe of this extractor's features of images of a preparation.
    pub(crate) fn recipe(&self, preparation: Preparation) -> Recipe {
        Recipe {
            encoder: self.encoder.clone(),
            preset: self.config.preset.to_string(),
            weights: self.weights.clone(),
            tap: self.encoder.is_none().then(|| self.layer.clone()),
            precision: self.config.precision.to_string(),
            preparation,
        }
    }

    /// The origin of statistics of `images` images of a preparation; `files` identifies them.
    pub(crate) fn meta(
        &self,
        images: u64,
        preparation: Preparation,
        samples: Option<Sampled>,
        files: Vec<FileRange>,
        census: Option<&Census>,
    ) -> StatsMeta {
        StatsMeta {
            images,
            device: self.engine.info().device.clone(),
            samples,
            census: census.map(Census::without_names),
            files,
            ..StatsMeta::in_memory(self.recipe(preparation))
        }
    }
}
