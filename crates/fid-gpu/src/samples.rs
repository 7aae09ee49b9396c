//! A random subset of a set of images.

use std::fmt;

use fid_core::metrics::sorted_sample;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::observer::Side;
use crate::source::ImageSet;

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

impl Samples {
    /// `count` images, drawn with `seed`.
    pub fn new(count: usize, seed: u32) -> Self {
        Self { count, seed }
    }

    /// Chooses the images of a set.
    pub(crate) fn choose(self, side: Side, images: ImageSet) -> Result<ImageSet, Error> {
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
