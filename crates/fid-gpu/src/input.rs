//! One side of a comparison: images, or statistics from a file.

use std::path::{Path, PathBuf};
use std::time::Instant;

use fid_core::FeatureStats;
use fid_inception::FEATURE_DIM;

use crate::observer::{Observer, Side};
use crate::pipeline::{Features, Want};
use crate::report::SetReport;
use crate::session::OnceSession;
use crate::skipped::Skipped;
use crate::source::{ImageSet, STANDARD_INPUT, SourceError, holds_images};
use crate::stats_file::{Recipe, StatsError, StatsFile, StatsMeta, is_stats_name};
use crate::timings::StageSeconds;
use crate::{Error, EvalConfig};

/// One side of a comparison.
pub(crate) struct Input {
    side: Side,
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Images(ImageSet),
    /// A file, and how it was made as far as that is known.
    File(Box<(StatsFile, Recipe)>),
}

/// A side's statistics, and what is told of it.
pub(crate) struct Set {
    /// Mean and covariance at pool3.
    pub(crate) stats: FeatureStats,
    /// What else was wanted of images; nothing of a file.
    pub(crate) features: Features,
    /// The image of each row of the features.
    pub(crate) images: Vec<PathBuf>,
    /// The images themselves; none of a file.
    pub(crate) source: Option<ImageSet>,
    pub(crate) notes: Vec<String>,
    skipped: Vec<Skipped>,
    pub(crate) seconds: f64,
    path: PathBuf,
    ignored: usize,
    stages: Option<StageSeconds>,
    meta: Option<StatsMeta>,
    /// How a folder's statistics were made, for a file of them.
    made: Option<StatsMeta>,
}

impl Input {
    /// Lists images or reads a file of statistics.
    pub(crate) fn open(side: Side, path: &Path, config: &EvalConfig) -> Result<Self, Error> {
        let kind = if is_stats_name(path) && !path.is_dir() && !holds_images(path) {
            let file = StatsFile::read(path, FEATURE_DIM)?;
            let recipe = match (&file.meta, config.assume_preset) {
                (Some(meta), _) => meta.recipe.clone(),
                (None, Some(preset)) => Recipe::assumed(preset),
                (None, None) => return Err(Error::UnknownOrigin { path: path.into() }),
            };
            Kind::File(Box::new((file, recipe)))
        } else {
            let wrong = |error| Error::Source { side, error };
            let standard_input = Path::new(STANDARD_INPUT);
            if config.real == standard_input && config.fake == standard_input {
                return Err(wrong(SourceError::StandardInputTwice));
            }
            let images = ImageSet::open(path, config.run.skip_bad).map_err(wrong)?;
            if images.len() < 2 {
                return Err(Error::TooFew { side, path: path.into(), count: images.len() });
            }
            Kind::Images(images)
        };
        Ok(Self { side, path: path.into(), kind })
    }

    /// The file of statistics, if it is one: it has no features of single images.
    pub(crate) fn file(&self) -> Option<&Path> {
        matches!(self.kind, Kind::File(_)).then_some(&self.path)
    }

    /// Number of images, bad ones included; none if a file does not tell.
    pub(crate) fn num_images(&self) -> Option<u64> {
        match &self.kind {
            Kind::Images(images) => Some(images.len() as u64),
            Kind::File(file) => file.0.stats.num_images(),
        }
    }

    /// What was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How the side was made, or will be.
    pub(crate) fn recipe(&self, session: &OnceSession) -> Result<Recipe, Error> {
        match &self.kind {
            Kind::Images(_) => Ok(session.get()?.recipe()),
            Kind::File(file) => Ok(file.1.clone()),
        }
    }

    /// The side's statistics: of images by the network, of a file as they are.
    pub(crate) fn take(
        self,
        session: &OnceSession,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<Set, Error> {
        let (side, path) = (self.side, self.path);
        match self.kind {
            Kind::Images(images) => {
                let session = session.get()?;
                let start = Instant::now();
                let set = session.run(side, &images, 0..images.len(), wants, observer)?;
                let made = session.meta(set.files);
                Ok(Set {
                    stats: set.stats,
                    features: set.features,
                    images: set.images,
                    notes: set.notes.iter().map(|line| format!("{side}: {line}")).collect(),
                    skipped: set.skipped,
                    seconds: start.elapsed().as_secs_f64(),
                    path,
                    ignored: images.ignored(),
                    source: Some(images),
                    stages: Some(set.stages),
                    meta: None,
                    made: Some(made),
                })
            }
            Kind::File(file) => {
                let (StatsFile { stats, meta }, recipe) = *file;
                let origin = format!(
                    "{side}: {} does not say how it was made; preset {} is assumed",
                    path.display(),
                    recipe.preset
                );
                let notes = if meta.is_none() { vec![origin] } else { Vec::new() };
                let (seconds, ignored, skipped) = (0.0, 0, Vec::new());
                Ok(Set {
                    stats,
                    features: Features::default(),
                    images: Vec::new(),
                    source: None,
                    notes,
                    skipped,
                    seconds,
                    path,
                    ignored,
                    stages: None,
                    meta,
                    made: None,
                })
            }
        }
    }
}

impl Set {
    /// What was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the statistics in a file, with how they were made.
    pub(crate) fn save(&self, path: &Path) -> Result<(), StatsError> {
        let meta = self.made.as_ref().or(self.meta.as_ref()).cloned();
        StatsFile { stats: self.stats.clone(), meta }.save(path)
    }

    /// The report's entry; `trace` is that of the covariance.
    pub(crate) fn report(&self, trace: f64) -> SetReport {
        SetReport {
            path: self.path.clone(),
            images: self.stats.num_images(),
            ignored_files: self.ignored,
            skipped: self.skipped.clone(),
            trace,
            decode_thread_seconds: self.stages.map_or(0.0, |stages| stages.decode_threads),
            stages: self.stages,
            statistics: self.meta.clone(),
        }
    }
}
