//! Whether a statistics file is of images prepared and drawn as a comparison says.

use std::path::Path;

use fid_core::Preparation;

use crate::Error;
use crate::observer::Side;
use crate::samples::{Sampled, Samples};
use crate::stats_file::StatsFile;

/// Refuses a file that records another preparation than `asked`. Files of other programs record
/// none.
pub(crate) fn require_preparation(
    side: Side,
    path: &Path,
    file: &StatsFile,
    asked: Preparation,
) -> Result<(), Error> {
    match &file.meta {
        Some(meta) if meta.recipe.preparation != asked => {
            let recorded = meta.recipe.preparation;
            Err(Error::OtherPreparation { side, path: path.into(), recorded, asked })
        }
        _ => Ok(()),
    }
}

/// Refuses a file of another number of images than are to be drawn.
pub(super) fn require_samples(path: &Path, file: &StatsFile, asked: Samples) -> Result<(), Error> {
    asked.check()?;
    let drawn = file.meta.as_ref().and_then(|meta| meta.samples);
    let images = file.stats.num_images();
    let count = asked.count as u64;
    if images == Some(count) || drawn.is_some_and(|drawn| drawn.count == count) {
        return Ok(());
    }
    let found = match (drawn, images) {
        (Some(drawn), _) => drawn.to_string(),
        (None, Some(images)) => format!("{images} images"),
        (None, None) => "images that it does not count".into(),
    };
    Err(Error::SampleOfStatistics { path: path.into(), count: asked.count, found })
}

/// A sentence about a random subset.
pub(super) fn note(side: Side, drawn: Option<Sampled>) -> Option<String> {
    drawn.map(|drawn| format!("{side}: {drawn}"))
}
