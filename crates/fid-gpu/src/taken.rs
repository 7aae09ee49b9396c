//! What a folder, or a part of one, gave: statistics, and what was left out.

use std::ops::Range;
use std::path::PathBuf;

use fid_core::FeatureStats;
use fid_inception::Tap;

use crate::observer::{Observer, Side};
use crate::pipeline::{Features, Pipeline};
use crate::skipped;
use crate::source::ImageFolder;
use crate::stats_file::FileRange;
use crate::timings::StageSeconds;
use crate::{Error, Skipped};

pub(crate) struct Taken {
    /// Mean and covariance at pool3.
    pub(crate) stats: FeatureStats,
    /// What else was wanted.
    pub(crate) features: Features,
    /// The image of each row of the features.
    pub(crate) images: Vec<PathBuf>,
    /// Which images they are of.
    pub(crate) files: FileRange,
    /// Where the time went.
    pub(crate) stages: StageSeconds,
    /// What the reader of the result should know.
    pub(crate) notes: Vec<String>,
    /// What was left out, when the folder was listed and when its images were decoded.
    pub(crate) skipped: Vec<Skipped>,
}

impl Taken {
    /// Runs the images at `range` of a folder's list, which lies within it.
    pub(crate) fn run(
        pipeline: &Pipeline,
        side: Side,
        folder: &ImageFolder,
        range: Range<usize>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let listed = &folder.files()[range.clone()];
        let mut set = pipeline.run(side, listed, observer)?;
        let images = set.taken.iter().filter_map(|&file| listed.get(file).cloned()).collect();
        let files = FileRange::new(folder, range.clone(), &set.skipped);
        let mut skipped = set.skipped;
        let Some(stats) = set.features.take_stats(Tap::Pool3) else {
            let (path, count) = (folder.root().into(), range.len());
            let left = count.saturating_sub(skipped.len());
            return Err(match skipped.into_iter().next() {
                Some(first) => Error::NothingLeft { side, path, left, count, first },
                None => Error::TooFew { side, path, count },
            });
        };
        // What is no file has no place in the list; the whole folder's report has it once.
        if range.start == 0 {
            skipped.extend_from_slice(folder.skipped());
            skipped.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        }
        let mut notes = set.notes;
        let listed = range.len() + skipped.len() - files.skipped as usize;
        notes.extend(skipped::note(&skipped, listed));
        Ok(Self {
            stats,
            features: set.features,
            images,
            files,
            stages: set.stages,
            notes,
            skipped,
        })
    }
}
