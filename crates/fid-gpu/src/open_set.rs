//! Sets of images as a run wants them.

use std::path::Path;

use fid_core::Preparation;

use crate::observer::Side;
use crate::samples::Samples;
use crate::source::ImageSet;
use crate::{Error, RunConfig, left_out};

/// Opens a set of images, to be prepared, or the subset of it that is drawn.
pub(crate) fn open_set(
    side: Side,
    path: &Path,
    config: &RunConfig,
    preparation: Preparation,
    samples: Option<Samples>,
) -> Result<ImageSet, Error> {
    let images = ImageSet::open(path, config.skip_bad);
    let images = images.map_err(|error| Error::Source { side, error })?.prepared(preparation);
    left_out::require_none(side, path, &images, config.strict)?;
    match samples {
        Some(samples) => samples.choose(side, images),
        None => Ok(images),
    }
}
