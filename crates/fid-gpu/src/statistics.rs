//! Statistics of one folder, for a statistics file.

use std::ops::Range;
use std::path::Path;

use fid_core::Tap;

use crate::extractor::Extractor;
use crate::feature_cache::CacheReport;
use crate::metrics::MetricSet;
use crate::observer::{Observer, Side};
use crate::open_set::open_set;
use crate::pipeline::Want;
use crate::source::{ImageSet, Images};
use crate::stats_file::{StatsError, StatsFile, StatsWriter, require_no_pickle};
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
    let (images, range) = open(config)?;
    compute(config, &images, range, observer)
}

/// Computes statistics, and writes them to the file `target`, with the images if
/// [`StatsConfig::images`] asks for them. An existing file is replaced.
///
/// # Errors
///
/// As [`statistics`]; [`Error::Stats`] if the file cannot be written, or the images to be kept are not of
/// one size, which is known before the network runs. An image that cannot be read is an error if images
/// are kept.
pub fn save_statistics(
    config: &StatsConfig,
    target: &Path,
    observer: &dyn Observer,
) -> Result<Statistics, Error> {
    StatsFile::check_target(target)?;
    let (images, range) = open(config)?;
    let mut writer = StatsWriter::create(target)?;
    if config.images {
        observer.phase("writing the images");
        write_images(&mut writer, images.images(range.clone()), observer)?;
    }
    let made = compute(config, &images, range, observer)?;
    writer.finish(&made.file)?;
    Ok(made)
}

/// The images, and which of them to use.
fn open(config: &StatsConfig) -> Result<(ImageSet, Range<usize>), Error> {
    let side = Side::Input;
    let taps = if config.spatial { Tap::Spatial } else { config.layer };
    config.run.require(&MetricSet::default(), taps)?;
    require_no_pickle(&config.folder)?;
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
    Ok((images, range))
}

fn compute(
    config: &StatsConfig,
    images: &ImageSet,
    range: Range<usize>,
    observer: &dyn Observer,
) -> Result<Statistics, Error> {
    let side = Side::Input;
    let extractor = Extractor::open(&config.run, config.layer, &[config.preparation], observer)?;
    let mut wants = vec![Want { rows: config.features, ..Want::moments(config.layer) }];
    wants.extend(config.spatial.then_some(Want::moments(Tap::Spatial)));
    let mut set = extractor.run(side, images, range, &wants, observer)?;
    let notes = [left_out::notes(images), set.notes].concat();
    notes.iter().for_each(|note| observer.note(note));
    for fault in set.census.iter().flat_map(|census| census.faults(side)) {
        observer.note(&fault);
    }
    let spatial = set.features.take_stats(Tap::Spatial);
    let stats = set.stats?;
    let samples = config.samples.map(|samples| samples.of(images));
    let (count, files) = (set.files.images(), vec![set.files]);
    let mut meta = extractor.meta(count, config.preparation, samples, files, set.census.as_ref());
    meta.features = config.features;
    let rows = set.features.shared_rows(config.layer).filter(|_| stats.rows().is_none());
    let file = StatsFile { features: rows, ..StatsFile::of(stats, spatial, Some(meta)) };
    let (stages, weights_seconds) = (set.stages, extractor.seconds);
    Ok(Statistics {
        file,
        skipped: set.skipped,
        unread: images.unread().to_vec(),
        passed_over: left_out::passed_over_names(images),
        cache: set.cache,
        stages,
        weights_seconds,
    })
}

/// Writes images of one size as an array.
fn write_images(
    writer: &mut StatsWriter,
    images: Images,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let mut reader = images.reader();
    let mut first_size = None;
    for index in 0..images.len() {
        if observer.cancelled() {
            return Err(Error::Cancelled);
        }
        let image = reader.decode(index)?.image;
        let size = [image.width(), image.height()];
        match first_size {
            None => writer.start_images(images.len(), size)?,
            Some(first_size) if first_size != size => {
                let (first, other) = (images.path(0).into(), images.path(index).into());
                let sizes = StatsError::ImageSizes { first, first_size, other, other_size: size };
                return Err(sizes.into());
            }
            Some(_) => {}
        }
        first_size = Some(size);
        match image.channels() {
            1 => {
                let rgb: Vec<u8> = image.pixels().iter().flat_map(|&gray| [gray; 3]).collect();
                writer.add_image(&rgb)?;
            }
            _ => writer.add_image(image.pixels())?,
        }
    }
    Ok(())
}
