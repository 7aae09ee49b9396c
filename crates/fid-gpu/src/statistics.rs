//! Statistics of one folder, for a statistics file.

use fid_core::Tap;

use crate::extractor::Extractor;
use crate::feature_cache::CacheReport;
use crate::observer::{Observer, Side};
use crate::pipeline::Want;
use crate::samples::open_set;
use crate::stats_file::StatsFile;
use crate::timings::{StageSeconds, table};
use crate::{Error, StatsConfig, left_out};
use fid_images::Skipped;
use fid_images::set::Unread;

/// The result of [`statistics`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Statistics {
    /// The statistics with their origin, ready to be [saved](StatsFile::save).
    pub file: StatsFile,
    /// Images that could not be read, if [`skip_bad`](crate::RunConfig::skip_bad) skips them. The
    /// file records only their number.
    pub skipped: Vec<Skipped>,
    /// Files that look like images and are not read, by kind.
    pub unread: Vec<Unread>,
    /// Names of thumbnails, bins and hidden folders in the set.
    pub passed_over: Vec<String>,
    /// Hits and misses of the feature cache; `None` without a cache.
    pub cache: Option<CacheReport>,
    /// Time spent in each stage.
    pub stages: StageSeconds,
    /// Seconds for opening the device and for reading, checking and uploading the weights.
    pub weights_seconds: f64,
}

impl Statistics {
    /// A table of the time spent in each stage, for people.
    pub fn timings(&self) -> String {
        table(&[("input", self.stages)], &[("weights and device", self.weights_seconds)])
    }
}

/// Computes the statistics of a folder, or of a shard of it, with their origin.
///
/// ```
/// use fid_gpu::{DeviceChoice, RunConfig, StatsConfig, WeightsSource, observer, statistics};
///
/// let run = RunConfig::default()
///     .weights("seeded".parse::<WeightsSource>()?)
///     .device("cpu".parse::<DeviceChoice>()?);
/// let made = statistics(&StatsConfig::new("../../samples/real").run(run), &observer::Silent)?;
/// assert_eq!(made.file.stats.num_images(), Some(24));
/// # let folder = temp_dir::TempDir::new()?;
/// # let path = folder.child("real.npz");
/// made.file.save(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error`] if the folder, an image, the weights or the device cannot be used.
pub fn statistics(config: &StatsConfig, observer: &dyn Observer) -> Result<Statistics, Error> {
    let side = Side::Input;
    let (preparation, samples) = (config.preparation, config.samples);
    let images = open_set(side, &config.folder, &config.run, preparation, samples)?;
    let range = config.shard.map_or(0..images.len(), |shard| shard.range(images.len()));
    if range.len() < 2 {
        let (path, count) = (config.folder.clone(), range.len());
        return Err(match config.shard {
            Some(shard) => Error::TooFewInShard { path, shard, count },
            None => Error::TooFew { side, path, count },
        });
    }
    let extractor = Extractor::open(&config.run, &[config.preparation], observer)?;
    let mut wants = vec![Want::moments(Tap::Pool3)];
    wants.extend(config.spatial.then_some(Want::moments(Tap::Spatial)));
    let mut set = extractor.run(side, &images, range, &wants, observer)?;
    let notes = [left_out::notes(&images), set.notes].concat();
    notes.iter().for_each(|note| observer.note(note));
    for fault in set.census.iter().flat_map(|census| census.faults(side)) {
        observer.note(&fault);
    }
    let spatial = set.features.take_stats(Tap::Spatial);
    let samples = config.samples.map(|samples| samples.of(&images));
    let (count, files) = (set.files.images(), vec![set.files]);
    let meta = extractor.meta(count, config.preparation, samples, files, set.census.as_ref());
    let file = StatsFile::of(set.stats?, spatial, Some(meta));
    let (stages, weights_seconds) = (set.stages, extractor.seconds);
    Ok(Statistics {
        file,
        skipped: set.skipped,
        unread: images.unread().to_vec(),
        passed_over: left_out::passed_over_names(&images),
        cache: set.cache,
        stages,
        weights_seconds,
    })
}
