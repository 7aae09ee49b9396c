//! The features of a set, or of a part of it, with the images that were used and skipped.

use std::ops::Range;
use std::path::PathBuf;

use fid_core::{FeatureStats, Tap};

use super::{Features, Pipeline};
use crate::census::{Census, Contents};
use crate::feature_cache::CacheReport;
use crate::observer::{Observer, Side};
use crate::skipped;
use crate::source::ImageSet;
use crate::stats_file::FileRange;
use crate::timings::StageSeconds;
use crate::{Error, Skipped};

/// The result of running a set through the pipeline.
pub(crate) struct SetFeatures {
    /// Mean and covariance at the layer that is compared; an error if fewer than two images could be read.
    pub(crate) stats: Result<FeatureStats, Error>,
    /// The other wanted features.
    pub(crate) features: Features,
    /// The path of each row of the features; empty if no rows were wanted.
    pub(crate) images: Vec<PathBuf>,
    /// What the images are.
    pub(crate) census: Option<Census>,
    /// What tells them apart.
    pub(crate) contents: Contents,
    /// The images that were used.
    pub(crate) files: FileRange,
    /// Time spent in each stage.
    pub(crate) stages: StageSeconds,
    /// Remarks for the report.
    pub(crate) notes: Vec<String>,
    /// Images skipped while listing the folder and while decoding.
    pub(crate) skipped: Vec<Skipped>,
    /// Cache hits and misses; `None` without a cache.
    pub(crate) cache: Option<CacheReport>,
}

impl SetFeatures {
    /// Runs the images at `range` of a set's list, for statistics of `layer`. `range` must lie within
    /// the list.
    pub(crate) fn run(
        pipeline: &Pipeline,
        layer: Tap,
        side: Side,
        images: &ImageSet,
        range: Range<usize>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let listed = images.images(range.clone());
        let mut set = pipeline.run(side, listed, observer)?;
        let kept = pipeline.wants.iter().any(|want| want.rows);
        let taken = set.taken.iter().filter(|_| kept);
        let names = taken.map(|&image| listed.path(image).into_owned()).collect();
        let name = |row: usize| listed.path(set.taken[row]).display().to_string();
        let census = set.tally.census(name);
        let contents = Contents { hashes: set.tally.into_hashes(), places: set.taken };
        let files = FileRange::new(images, range.clone(), &set.skipped);
        let mut skipped = set.skipped;
        let stats = set.features.take_stats(layer).ok_or_else(|| {
            let (path, count) = (images.root().into(), range.len());
            let left = count.saturating_sub(skipped.len());
            match skipped.first().cloned() {
                Some(first) => Error::NothingLeft { side, path, left, count, first },
                None => Error::TooFew { side, path, count },
            }
        });
        // Entries that are not files have no index in the list: the first shard reports them.
        if range.start == 0 {
            skipped.extend_from_slice(images.skipped());
            skipped.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        }
        let mut notes = set.notes;
        let listed = range.len() + skipped.len() - files.skipped as usize;
        notes.extend(skipped::note(&skipped, listed));
        Ok(Self {
            stats,
            features: set.features,
            images: names,
            census,
            contents,
            files,
            stages: set.stages,
            notes,
            skipped,
            cache: set.cache,
        })
    }
}
