//! A random subset of a set of images.

use std::fmt;
use std::path::Path;

use fid_core::Preparation;
use fid_core::metrics::sorted_sample;
use serde::{Deserialize, Serialize};

use crate::observer::Side;
use crate::source::ImageSet;
use crate::{Error, RunConfig, left_out};

/// A random subset of a set, without repetition and in the set's order: of `n` images those at
/// `np.sort(np.random.RandomState(seed).permutation(n)[:count])`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Samples {
    /// Number of images, at least 2.
    pub count: usize,
    /// The seed of NumPy's `RandomState`.
    pub seed: u32,
}

/// A subset that was drawn, as results record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sampled {
    /// Number of images drawn, unreadable ones included.
    pub count: u64,
    /// The seed.
    pub seed: u32,
    /// Number of images in the whole set.
    pub of: u64,
}

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

impl Samples {
    /// `count` images, drawn with `seed`.
    pub fn new(count: usize, seed: u32) -> Self {
        Self { count, seed }
    }

    /// Chooses the images of a set.
    fn choose(self, side: Side, images: ImageSet) -> Result<ImageSet, Error> {
        let Self { count, seed } = self;
        self.check()?;
        let available = images.len();
        if count > available {
            let path = images.root().into();
            return Err(Error::TooFewToSample { side, path, count, available });
        }
        Ok(images.choose(sorted_sample(available, count, seed)?))
    }

    /// Refuses a number of images that has no covariance.
    pub(crate) fn check(self) -> Result<(), Error> {
        let (name, value, least) = ("number of images to draw", self.count, 2);
        if value < least {
            return Err(fid_core::Error::Setting { name, value, least }.into());
        }
        Ok(())
    }

    /// The record of this subset of `images`, which [`choose`](Self::choose) returned.
    pub(crate) fn of(self, images: &ImageSet) -> Sampled {
        let (count, of) = (images.len() as u64, images.listed_len() as u64);
        Sampled { count, seed: self.seed, of }
    }
}

impl fmt::Display for Sampled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, seed, of } = self;
        write!(f, "{count} of {of} images, drawn at random with the seed {seed}")
    }
}
