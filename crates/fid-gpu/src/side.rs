//! One side of a comparison: a set of images, or a statistics file.

mod recorded;

use std::path::{Path, PathBuf};
use std::time::Instant;

use fid_core::{FEATURE_DIM, FeatureSlice, FeatureStats, Preparation, Tap};

pub(crate) use self::recorded::require_preparation;
use self::recorded::{note, require_samples};
use crate::census::{Census, Contents};
use crate::extractor::LazyExtractor;
use crate::feature_cache::CacheReport;
use crate::observer::{Observer, Side};
use crate::pipeline::{Features, Want};
use crate::report::SetReport;
use crate::samples::{Sampled, Samples, open_set};
use crate::source::{ImageSet, STANDARD_INPUT, SetError, holds_images, holds_images_among_others};
use crate::stats_file::{Recipe, StatsError, StatsFile, StatsMeta, is_stats_name};
use crate::timings::StageSeconds;
use crate::{Error, EvalConfig, left_out};
use fid_images::Skipped;

/// The path of images from memory in reports and errors.
pub(crate) const IN_MEMORY: &str = "memory";

/// A side before its features are computed.
pub(crate) struct SideInput {
    side: Side,
    path: PathBuf,
    samples: Option<Samples>,
    kind: Kind,
}

enum Kind {
    Images(ImageSet),
    File(Box<Filed>),
}

/// A statistics file that was read.
struct Filed {
    file: StatsFile,
    /// Its recipe, recorded or assumed.
    recipe: Recipe,
    /// The images in the same file, as in ADM's reference batches. Opened only if a metric needs
    /// more than the statistics.
    images: Option<ImageSet>,
}

/// A side's statistics, features and the facts that the report lists.
pub(crate) struct SideData {
    /// Mean and covariance at pool3.
    pub(crate) stats: FeatureStats,
    /// Mean and covariance of the spatial features, if a file contains them.
    spatial: Option<FeatureStats>,
    /// The other features computed from images.
    pub(crate) features: Features,
    /// The image of each row of the features.
    pub(crate) images: Vec<PathBuf>,
    /// What the images are; `None` if nobody counted them.
    pub(crate) census: Option<Census>,
    /// What tells the images apart that this run decoded.
    contents: Contents,
    /// The images themselves; `None` for a statistics file or memory.
    pub(crate) source: Option<ImageSet>,
    pub(crate) notes: Vec<String>,
    skipped: Vec<Skipped>,
    cache: Option<CacheReport>,
    pub(crate) seconds: f64,
    path: PathBuf,
    /// The folder whose sub-folders are classes.
    root: PathBuf,
    ignored: usize,
    stages: Option<StageSeconds>,
    meta: Option<StatsMeta>,
    /// What was done to the images before the preset, recorded or assumed.
    pub(crate) preparation: Preparation,
    /// The random subset that the images are.
    samples: Option<Sampled>,
    /// Origin of statistics computed by this run, recorded if they are saved.
    made: Option<StatsMeta>,
}

impl SideInput {
    /// Lists the images, or reads the statistics file.
    pub(crate) fn open(side: Side, path: &Path, config: &EvalConfig) -> Result<Self, Error> {
        let (preparation, samples) = (config.preparation(side), config.samples);
        let open = || open_set(side, path, &config.run, preparation, samples);
        let kind = if is_stats_name(path) && !path.is_dir() && !holds_images(path) {
            let wants = config.wants(side);
            let file = match wants.iter().any(|want| want.tap == Tap::Spatial) {
                true => StatsFile::read_spatial(path, FEATURE_DIM, Tap::Spatial.dim())?,
                false => StatsFile::read(path, FEATURE_DIM)?,
            };
            let recipe = match (&file.meta, config.assume_preset) {
                (Some(meta), _) => meta.recipe.clone(),
                (None, Some(preset)) => Recipe::assumed(preset, preparation),
                (None, None) => return Err(Error::UnknownOrigin { path: path.into() }),
            };
            require_preparation(side, path, &file, preparation)?;
            if let Some(samples) = samples {
                require_samples(path, &file, samples)?;
            }
            let lacking = wants.iter().any(|&want| lacks(&file, want).is_some());
            let images = (lacking && holds_images_among_others(path)).then(open).transpose()?;
            Kind::File(Box::new(Filed { file, recipe, images }))
        } else {
            let standard_input = Path::new(STANDARD_INPUT);
            if config.real == standard_input && config.fake == standard_input {
                return Err(Error::Source { side, error: SetError::StandardInputTwice });
            }
            let images = open()?;
            if images.len() < 2 {
                return Err(Error::TooFew { side, path: path.into(), count: images.len() });
            }
            Kind::Images(images)
        };
        Ok(Self { side, path: path.into(), samples, kind })
    }

    /// Real or fake.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// The path, if the side is a statistics file.
    pub(crate) fn file(&self) -> Option<&Path> {
        matches!(self.kind, Kind::File(_)).then_some(&self.path)
    }

    /// Whether the side contains a feature or can compute it.
    pub(crate) fn has(&self, want: Want) -> bool {
        match &self.kind {
            Kind::Images(_) => true,
            Kind::File(filed) => filed.images.is_some() || lacks(&filed.file, want).is_none(),
        }
    }

    /// Number of images, including unreadable ones; `None` if a file does not record it.
    pub(crate) fn num_images(&self) -> Option<u64> {
        match &self.kind {
            Kind::Images(images) => Some(images.len() as u64),
            Kind::File(filed) => match &filed.images {
                Some(images) => Some(images.len() as u64),
                None => filed.file.stats.num_images(),
            },
        }
    }

    /// The path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe of the side. Statistics and images in one file must agree.
    pub(crate) fn recipe(&self, extractor: &LazyExtractor) -> Result<Recipe, Error> {
        match &self.kind {
            Kind::Images(images) => Ok(extractor.get()?.recipe(images.preparation())),
            Kind::File(filed) if filed.images.is_some() => {
                let ours = extractor.get()?.recipe(filed.recipe.preparation);
                let path = self.path.display();
                let differences = filed.recipe.differences(&ours);
                let sides = (format!("the statistics in {path}"), format!("the images in {path}"));
                Error::require_comparable(sides.0, sides.1, differences)?;
                Ok(ours)
            }
            Kind::File(filed) => Ok(filed.recipe.clone()),
        }
    }

    /// Computes features from images, or returns the statistics of the file.
    pub(crate) fn take(
        self,
        extractor: &LazyExtractor,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<SideData, Error> {
        let (side, path) = (self.side, self.path);
        match self.kind {
            Kind::Images(images) => {
                let extractor = extractor.get()?;
                let start = Instant::now();
                let set = extractor.run(side, &images, 0..images.len(), wants, observer)?;
                let preparation = images.preparation();
                let samples = self.samples.map(|samples| samples.of(&images));
                let (files, census) = (vec![set.files], set.census.as_ref());
                let made = extractor.meta(files[0].images(), preparation, samples, files, census);
                let notes = [left_out::notes(&images), set.notes].concat();
                let notes = notes.iter().map(|line| format!("{side}: {line}"));
                Ok(SideData {
                    stats: set.stats?,
                    spatial: None,
                    features: set.features,
                    images: set.images,
                    census: set.census,
                    contents: set.contents,
                    notes: note(side, samples).into_iter().chain(notes).collect(),
                    skipped: set.skipped,
                    cache: set.cache,
                    seconds: start.elapsed().as_secs_f64(),
                    root: path.clone(),
                    path,
                    ignored: images.ignored(),
                    source: Some(images),
                    stages: Some(set.stages),
                    meta: None,
                    preparation,
                    samples,
                    made: Some(made),
                })
            }
            Kind::File(filed) => {
                let Filed { file, recipe, images } = *filed;
                let lacking: Vec<_> = wants.iter().filter_map(|&want| lacks(&file, want)).collect();
                let mut set = SideData::of_file(side, path, file, &recipe);
                if let Some(images) = images {
                    set.add(extractor, side, &images, &lacking, observer)?;
                }
                Ok(set)
            }
        }
    }
}

/// The part of `want` that a statistics file does not contain. Rows are never in it.
pub(crate) fn lacks(file: &StatsFile, want: Want) -> Option<Want> {
    let known = match want.tap {
        Tap::Pool3 => true,
        Tap::Spatial => file.spatial.is_some(),
        _ => false,
    };
    let moments = want.moments && !known;
    (moments || want.rows).then_some(Want { moments, ..want })
}

impl SideData {
    /// A side from statistics computed before under `recipe`. `path` names them in the report.
    pub(crate) fn of_file(side: Side, path: PathBuf, file: StatsFile, recipe: &Recipe) -> Self {
        let StatsFile { stats, spatial, meta } = file;
        let unknown = || {
            let (path, Recipe { preset, preparation, .. }) = (path.display(), recipe);
            let text = format!("{side}: {path} does not say how it was made; preset {preset}");
            match preparation.is_none() {
                true => format!("{text} is assumed"),
                false => format!("{text} is assumed, and the preparation '{preparation}'"),
            }
        };
        let samples = meta.as_ref().and_then(|meta| meta.samples);
        let drawn = note(side, samples);
        let notes = if meta.is_none() { vec![unknown()] } else { drawn.into_iter().collect() };
        Self {
            stats,
            spatial,
            features: Features::default(),
            images: Vec::new(),
            census: meta.as_ref().and_then(|meta| meta.census.clone()),
            contents: Contents::default(),
            source: None,
            notes,
            skipped: Vec::new(),
            cache: None,
            seconds: 0.0,
            root: path.clone(),
            path,
            ignored: 0,
            stages: None,
            meta,
            preparation: recipe.preparation,
            samples,
            made: None,
        }
    }

    /// A side from features of images in memory, named `images`. `stats` are of pool3.
    #[allow(clippy::too_many_arguments, reason = "each is a field")]
    pub(crate) fn in_memory(
        stats: FeatureStats,
        features: Features,
        images: Vec<PathBuf>,
        (census, contents): (Option<Census>, Contents),
        notes: Vec<String>,
        stages: StageSeconds,
        made: StatsMeta,
    ) -> Self {
        Self {
            stats,
            spatial: None,
            features,
            images,
            census,
            contents,
            source: None,
            notes,
            skipped: Vec::new(),
            cache: None,
            seconds: stages.total,
            path: IN_MEMORY.into(),
            root: PathBuf::new(),
            ignored: 0,
            stages: Some(stages),
            meta: None,
            preparation: made.recipe.preparation,
            samples: None,
            made: Some(made),
        }
    }

    /// Computes `wants`, which the statistics of a file lack, from the images in the same file.
    fn add(
        &mut self,
        extractor: &LazyExtractor,
        side: Side,
        images: &ImageSet,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let start = Instant::now();
        let set = extractor.get()?.run(side, images, 0..images.len(), wants, observer)?;
        self.notes.push(format!(
            "{side}: what the statistics in {} do not tell is of the {} images in it",
            self.path.display(),
            set.files.images()
        ));
        self.notes.extend(set.notes.iter().map(|line| format!("{side}: {line}")));
        (self.features, self.images, self.skipped) = (set.features, set.images, set.skipped);
        (self.census, self.contents) = (set.census, set.contents);
        self.cache = set.cache;
        (self.seconds, self.stages) = (start.elapsed().as_secs_f64(), Some(set.stages));
        Ok(())
    }

    /// Mean and covariance at a tap other than pool3.
    pub(crate) fn stats_at(&self, tap: Tap) -> Option<&FeatureStats> {
        let of_file = self.spatial.as_ref().filter(|_| tap == Tap::Spatial);
        of_file.or_else(|| self.features.stats(tap))
    }

    /// The pool3 features that the statistics were computed from.
    pub(crate) fn rows_of_stats(&self) -> Option<FeatureSlice<'_, f32>> {
        self.made.as_ref()?;
        self.features.rows(Tap::Pool3)
    }

    /// The path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of an image, by its index among those that were decoded.
    fn name(&self, index: usize) -> String {
        let place = self.contents.places.get(index).copied().unwrap_or(index);
        let listed = self.source.as_ref().map(|source| source.path(place).into_owned());
        let name = listed.or_else(|| self.images.get(index).cloned());
        name.map_or_else(|| index.to_string(), |name| name.display().to_string())
    }

    /// The census of this side as the generated one, with the images that equal a real one.
    pub(crate) fn census_beside(&self, real: &Self) -> Option<Census> {
        let mut census = self.census.clone()?;
        if !self.contents.hashes.is_empty() && !real.contents.hashes.is_empty() {
            let (count, first) = self.contents.equal_to(&real.contents);
            census.equal_to_real = Some(count);
            census.first_equal_to_real = first.map(|[a, b]| [self.name(a), real.name(b)]);
        }
        Some(census)
    }

    /// The folder whose sub-folders are classes.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes the statistics and their origin to a file.
    pub(crate) fn save(&self, path: &Path) -> Result<(), StatsError> {
        self.stats_file().save(path)
    }

    /// The statistics with their origin.
    pub(crate) fn stats_file(&self) -> StatsFile {
        let meta = self.made.as_ref().or(self.meta.as_ref()).cloned();
        let spatial = self.stats_at(Tap::Spatial).cloned();
        StatsFile::of(self.stats.clone(), spatial, meta)
    }

    /// The report's entry for this side; `trace` is the trace of the covariance.
    pub(crate) fn report(&self, trace: f64) -> SetReport {
        let source = self.source.as_ref();
        SetReport {
            path: self.path.clone(),
            images: self.stats.num_images(),
            ignored_files: self.ignored,
            unread: source.map_or_else(Vec::new, |images| images.unread().to_vec()),
            passed_over: source.map_or_else(Vec::new, left_out::passed_over_names),
            skipped: self.skipped.clone(),
            cache: self.cache,
            census: self.census.clone(),
            trace,
            decode_thread_seconds: self.stages.map_or(0.0, |stages| stages.decode_threads),
            stages: self.stages,
            preparation: self.preparation,
            samples: self.samples,
            statistics: self.meta.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lacks_names_only_missing_features() {
        let stats = FeatureStats::from_features(&[0.0, 1.0, 2.0, 4.0], 2).unwrap();
        let mut file = StatsFile::of(stats.clone(), None, None);
        let both = |tap| Want { tap, moments: true, rows: true };
        for tap in [Tap::Pool3, Tap::Spatial] {
            assert_eq!(lacks(&file, Want::rows(tap)), Some(Want::rows(tap)));
        }
        assert_eq!(lacks(&file, Want::moments(Tap::Pool3)), None);
        assert_eq!(lacks(&file, both(Tap::Pool3)), Some(Want::rows(Tap::Pool3)));
        assert_eq!(lacks(&file, both(Tap::Pool64)), Some(both(Tap::Pool64)));
        let spatial = Want::moments(Tap::Spatial);
        assert_eq!(lacks(&file, spatial), Some(spatial));
        file.spatial = Some(stats);
        assert_eq!(lacks(&file, spatial), None);
    }
}
