//! A side with its statistics, features and the facts that the report lists.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fid_core::{FeatureSlice, FeatureStats, Preparation, Tap};
use fid_images::Skipped;

use super::recorded::note;
use crate::census::{Census, Contents};
use crate::extractor::LazyExtractor;
use crate::feature_cache::CacheReport;
use crate::observer::{Observer, Side};
use crate::pipeline::{Features, SetFeatures, Want};
use crate::report::SetReport;
use crate::samples::Sampled;
use crate::source::ImageSet;
use crate::stats_file::{Origin, Recipe, StatsError, StatsFile, StatsMeta, likely_origin};
use crate::timings::StageSeconds;
use crate::{Error, left_out};

/// The path of images from memory in reports and errors.
pub(crate) const IN_MEMORY: &str = "memory";

/// A side's statistics, features and the facts that the report lists.
pub(crate) struct SideData {
    /// Mean and covariance at `layer`: pool3 unless a file has those of another.
    pub(crate) stats: FeatureStats,
    /// Mean and covariance of the spatial features, if a file contains them.
    spatial: Option<FeatureStats>,
    /// The layer of `stats`.
    layer: Tap,
    /// Whether `features` are those behind `stats`.
    rows_of_stats: bool,
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

impl SideData {
    /// A side from the features of a set of images. `stats` are of `layer`.
    pub(super) fn of_images(
        side: Side,
        path: PathBuf,
        images: ImageSet,
        set: SetFeatures,
        layer: Tap,
        made: StatsMeta,
        took: Duration,
    ) -> Result<Self, Error> {
        let notes = [left_out::notes(&images), set.notes].concat();
        let notes = notes.iter().map(|line| format!("{side}: {line}"));
        let samples = made.samples;
        Ok(Self {
            stats: set.stats?,
            spatial: None,
            layer,
            rows_of_stats: true,
            features: set.features,
            images: set.images,
            census: set.census,
            contents: set.contents,
            notes: note(side, samples).into_iter().chain(notes).collect(),
            skipped: set.skipped,
            cache: set.cache,
            seconds: took.as_secs_f64(),
            root: path.clone(),
            path,
            ignored: images.ignored(),
            source: Some(images),
            stages: Some(set.stages),
            meta: None,
            preparation: made.recipe.preparation,
            samples,
            made: Some(made),
        })
    }

    /// A side from statistics computed before under `recipe`, of `layer`. `path` names them in the
    /// report.
    pub(crate) fn of_file(
        side: Side,
        path: PathBuf,
        file: StatsFile,
        layer: Tap,
        recipe: &Recipe,
    ) -> Self {
        let few = || file.stats.rows().map(|rows| Arc::new(rows.to_vec()));
        let rows = file.features.clone().or_else(few);
        let samples = file.meta.as_ref().and_then(|meta| meta.samples);
        let notes = match &file.meta {
            Some(_) => note(side, samples).into_iter().collect(),
            None => vec![assumed(side, &path, recipe)],
        };
        let name = |row| format!("{}[{row}]", path.display()).into();
        let (rows_of_stats, dim) = (rows.is_some(), file.stats.dim());
        let count = rows.as_ref().map_or(0, |rows| rows.len() / dim);
        let images = (0..count).map(name).collect();
        let features = rows.map(|rows| Features::of_rows(layer, dim, rows)).unwrap_or_default();
        let StatsFile { stats, spatial, meta, .. } = file;
        Self {
            stats,
            spatial,
            layer,
            rows_of_stats,
            features,
            images,
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
            layer: Tap::Pool3,
            rows_of_stats: true,
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
    pub(super) fn add(
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
        if self.images.is_empty() {
            self.images = set.images;
        }
        let of_file = std::mem::replace(&mut self.features, set.features);
        self.features.extend(of_file);
        (self.census, self.contents) = (set.census, set.contents);
        self.skipped = set.skipped;
        self.cache = set.cache;
        (self.seconds, self.stages) = (start.elapsed().as_secs_f64(), Some(set.stages));
        Ok(())
    }

    /// Mean and covariance at a tap.
    pub(crate) fn stats_at(&self, tap: Tap) -> Option<&FeatureStats> {
        if tap == self.layer {
            return Some(&self.stats);
        }
        let of_file = self.spatial.as_ref().filter(|_| tap == Tap::Spatial);
        of_file.or_else(|| self.features.stats(tap))
    }

    /// The features of single images at the layer of the statistics.
    pub(crate) fn rows(&self) -> Option<FeatureSlice<'_, f32>> {
        self.features.rows(self.layer)
    }

    /// The features that the statistics were computed from.
    pub(crate) fn rows_of_stats(&self) -> Option<FeatureSlice<'_, f32>> {
        self.rows().filter(|_| self.rows_of_stats)
    }

    /// Whether a feature is neither in the file nor was computed.
    pub(crate) fn lacks(&self, want: Want) -> bool {
        (want.rows && self.features.rows(want.tap).is_none())
            || (want.moments && self.stats_at(want.tap).is_none())
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

    /// Writes the statistics and their origin to a file; with `features` those of every image, too, if
    /// they are here.
    pub(crate) fn save(&self, path: &Path, features: bool) -> Result<(), StatsError> {
        let mut file = self.stats_file();
        if features && self.rows_of_stats().is_some() {
            file.features = self.features.shared_rows(self.layer);
            file.meta.iter_mut().for_each(|meta| meta.features = true);
        }
        file.save(path)
    }

    /// The statistics with their origin.
    pub(crate) fn stats_file(&self) -> StatsFile {
        let mut meta = self.made.as_ref().or(self.meta.as_ref()).cloned();
        meta.iter_mut().for_each(|meta| meta.features = false);
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

/// A note on the preset that a file does not record.
fn assumed(side: Side, path: &Path, recipe: &Recipe) -> String {
    let preset = &recipe.preset;
    let named = likely_origin(path).filter(|origin| origin.preset.name() != preset);
    let named = named.map(|Origin { program, preset }| {
        format!(", though its name is one of {program}'s, of the preset {preset}")
    });
    let named = named.unwrap_or_default();
    let preparation = if recipe.preparation.is_none() {
        String::new()
    } else {
        format!(", and the preparation '{}'", recipe.preparation)
    };
    let path = path.display();
    format!(
        "{side}: {path} does not say how it was made; preset {preset} is assumed{named}{preparation}"
    )
}
