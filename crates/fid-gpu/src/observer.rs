//! Progress of a run, and its cancellation.

use std::fmt;

pub use fid_weights::hub::Progress;

use crate::feature_cache::CacheReport;

/// A data set's role in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The reference images.
    Real,
    /// The generated images.
    Fake,
    /// The only data set of [`statistics`](crate::statistics()), which compares nothing.
    Input,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Real => "real",
            Self::Fake => "fake",
            Self::Input => "input",
        })
    }
}

/// Receives the progress of a run. Every method does nothing unless implemented.
pub trait Observer: Progress {
    /// A data set of `images` images begins.
    fn start(&self, _side: Side, _images: usize) {}
    /// `images` images of the data set are done.
    fn progress(&self, _side: Side, _images: usize) {}
    /// The data set is done.
    fn finish(&self, _side: Side) {}
    /// Cache hits and misses of the data set. Not called without a cache.
    fn cached(&self, _side: Side, _cache: CacheReport) {}
    /// Whether to stop. Called before each batch and each metric; `true` ends the run with
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    fn cancelled(&self) -> bool {
        false
    }
}

/// An observer that ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

impl Observer for Silent {}
