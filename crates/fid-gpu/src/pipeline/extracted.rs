//! What a set, or a part of one, gave: statistics, and what was left out.

use std::ops::Range;
use std::path::PathBuf;

use fid_core::{FeatureStats, Tap};

use super::{Features, Pipeline};
use crate::feature_cache::CacheReport;
use crate::observer::{Observer, Side};
use crate::skipped;
use crate::source::ImageSet;
use crate::stats_file::FileRange;
use crate::timings::StageSeconds;
use crate::{Error, Skipped};

pub(crate) struct SetFeatures {
    /// Mean and covariance at pool3, where they were wanted and two images were left.
    pub(crate) stats: Result<FeatureStats, Error>,
    /// What else was wanted.
    pub(crate) features: Features,
    /// The image of each row of the features, where rows were wanted.
    pub(crate) images: Vec<PathBuf>,
    /// Which images they are of.
    pub(crate) files: FileRange,
    /// Where the time went.
    pub(crate) stages: StageSeconds,
    /// What the reader of the result should know.
    pub(crate) notes: Vec<String>,
    /// What was left out, when the folder was listed and when its images were decoded.
    pub(crate) skipped: Vec<Skipped>,
    /// What was found in the cache, where there is one.
    pub(crate) cache: Option<CacheReport>,
}

impl SetFeatures {
    /// Runs the images at `range` of a set's list, which lies within it.
    pub(crate) fn run(
        pipeline: &Pipeline,
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
        let files = FileRange::new(images, range.clone(), &set.skipped);
        let mut skipped = set.skipped;
        let stats = set.features.take_stats(Tap::Pool3).ok_or_else(|| {
            let (path, count) = (images.root().into(), range.len());
            let left = count.saturating_sub(skipped.len());
            match skipped.first().cloned() {
                Some(first) => Error::NothingLeft { side, path, left, count, first },
                None => Error::TooFew { side, path, count },
            }
        });
        // What is no file has no place in the list; the whole folder's report has it once.
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
            files,
            stages: set.stages,
            notes,
            skipped,
            cache: set.cache,
        })
    }
}
