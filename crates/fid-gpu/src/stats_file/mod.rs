//! Statistics files: mean and covariance of a set of images, to be compared without the images.
//!
//! A file is a `.npz` with `mu` (`[d]`) and `sigma` (`[d,d]`), as pytorch-fid, TTUR and clean-fid
//! read and write it. Ours carry one more member, `fidgpu_meta` ([`StatsMeta`] as JSON), which says
//! how the numbers were made, so that what cannot be compared is refused; and the `features`
//! themselves where there are so few that a covariance alone would lose digits.

mod error;
mod files;
mod header;
mod limited;
mod merge;
mod meta;
pub(crate) mod npy;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::{MemberProblem, StatsError};
pub use files::FileRange;
pub(crate) use header::Header;
pub(crate) use limited::Limited;
pub use meta::{FORMAT, Recipe, StatsMeta};
pub(crate) use npy::read_header;
pub(crate) use write::is_stats_name;

use fid_core::FeatureStats;

/// The statistics of one set of images, and how they were made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsFile {
    /// Mean and covariance, or the features they are of.
    pub stats: FeatureStats,
    /// How they were made; none in files of other programs.
    pub meta: Option<StatsMeta>,
}

impl StatsFile {
    /// Statistics of which nobody says how they were made, such as those of another program's
    /// features.
    pub fn new(stats: FeatureStats) -> Self {
        Self { stats, meta: None }
    }
}

/// The types of values that are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dtype {
    F32,
    F64,
    U8,
}

impl Dtype {
    /// In NumPy's notation.
    fn descr(self) -> &'static str {
        match self {
            Self::F32 => "<f4",
            Self::F64 => "<f8",
            Self::U8 => "|u1",
        }
    }
}

/// Names of the members.
const MU: &str = "mu";
const SIGMA: &str = "sigma";
const FEATURES: &str = "features";
const META: &str = "fidgpu_meta";
