//! What a run tells while it goes on.

use std::fmt;

pub use fid_weights::hub::Progress;

use crate::feature_cache::CacheReport;

/// One of the data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The reference.
    Real,
    /// What is judged.
    Fake,
    /// The only one there is, where statistics are made and nothing is compared.
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
    /// A data set of `images` begins.
    fn start(&self, _side: Side, _images: usize) {}
    /// `images` of the data set are done.
    fn progress(&self, _side: Side, _images: usize) {}
    /// The data set is done.
    fn finish(&self, _side: Side) {}
    /// What of it was in the cache, where there is one.
    fn cached(&self, _side: Side, _cache: CacheReport) {}
    /// Whether to stop: asked before each batch and each metric. True ends the run with
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    fn cancelled(&self) -> bool {
        false
    }
}

/// An observer that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

impl Observer for Silent {}
