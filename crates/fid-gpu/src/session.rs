//! The network on its device, ready for folders.

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
use crate::pipeline::{Pipeline, Want, batch_size};
use crate::report::{Versions, WeightsReport};
use crate::source::ImageSet;
use crate::stats_file::{FORMAT, FileRange, Recipe, StatsMeta};
use crate::taken::Taken;
use crate::{Error, RunConfig, weights};

/// A session that is opened when it is first needed: two statistics files need none.
pub(crate) struct OnceSession<'a> {
    config: &'a RunConfig,
    observer: &'a dyn Observer,
    cell: OnceCell<Session>,
}

impl<'a> OnceSession<'a> {
    pub(crate) fn new(config: &'a RunConfig, observer: &'a dyn Observer) -> Self {
        Self { config, observer, cell: OnceCell::new() }
    }

    /// The session, opened now if it was not.
    pub(crate) fn get(&self) -> Result<&Session, Error> {
        if let Some(session) = self.cell.get() {
            return Ok(session);
        }
        let session = Session::open(self.config, self.observer)?;
        Ok(self.cell.get_or_init(|| session))
    }

    /// The session, if there was need of one.
    pub(crate) fn opened(&self) -> Option<&Session> {
        self.cell.get()
    }
}

/// What stays the same for all folders of a run.
pub(crate) struct Session {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) weights: WeightsReport,
    pub(crate) batch_size: NonZeroUsize,
    /// What the reader of the result should know of the weights.
    pub(crate) note: Option<String>,
    /// Wall-clock seconds it took to get here.
    pub(crate) seconds: f64,
    workers: NonZeroUsize,
    config: RunConfig,
    /// For each preset, where features are kept.
    caches: Vec<FeatureCache>,
}

impl Session {
    pub(crate) fn open(config: &RunConfig, observer: &dyn Observer) -> Result<Self, Error> {
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
        let mut caches = Vec::new();
        if let Some(folder) = &config.features_cache {
            for preset in presets(config) {
                let (weights, info) = (loaded.identity.sha256.clone(), engine.info());
                let precision = config.precision.name();
                let recipe =
                    FeatureRecipe::new(preset.name(), weights, precision, info.arithmetic.clone());
                caches.push(FeatureCache::open(folder, &recipe)?);
            }
        }
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            weights: WeightsReport {
                random: loaded.identity.format == WeightsFormat::Seeded,
                name: loaded.identity.name,
                sha256: loaded.identity.sha256,
            },
            note: found.then_some(note),
            batch_size: batch_size(config.batch_size, engine.info()),
            // A download is no part of it.
            seconds: (opening + start.elapsed()).as_secs_f64(),
            workers: config.workers.unwrap_or(cores),
            config: config.clone(),
            caches,
            engine,
        })
    }

    /// What is wanted of the features of the images at `range` of a set.
    pub(crate) fn run(
        &self,
        side: Side,
        images: &ImageSet,
        range: Range<usize>,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<Taken, Error> {
        let pipeline = Pipeline {
            engine: &self.engine,
            presets: &presets(&self.config),
            wants,
            batch_size: self.batch_size,
            workers: self.workers,
            skip_bad: self.config.skip_bad,
            caches: &self.caches,
        };
        Taken::run(&pipeline, side, images, range, observer)
    }

    /// What must be equal in what is compared with this session's results.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            preset: self.config.preset.to_string(),
            weights: Some(self.weights.clone()),
            tap: Some(Tap::Pool3.name().into()),
            precision: self.config.precision.to_string(),
        }
    }

    /// What a file of this session's statistics says.
    pub(crate) fn meta(&self, files: FileRange) -> StatsMeta {
        StatsMeta {
            format: FORMAT,
            images: files.images(),
            ddof: 1,
            recipe: self.recipe(),
            decoder: format!("fid-gpu {}", env!("CARGO_PKG_VERSION")),
            versions: Versions::default(),
            device: self.engine.info().device.clone(),
            tap_s: None,
            files: vec![files],
        }
    }
}

/// The presets, the one that counts first.
fn presets(config: &RunConfig) -> Vec<Preset> {
    let others = config.also.iter().filter(|&&preset| preset != config.preset);
    iter::once(&config.preset).chain(others).copied().collect()
}
