//! Statistics files: mean and covariance of a set of images, to be compared without the images.
//!
//! A file is a `.npz` with `mu` (`[d]`) and `sigma` (`[d,d]`), as pytorch-fid, TTUR and clean-fid
//! read and write it. Ours carry one more member, `fidgpu_meta` ([`StatsMeta`] as JSON), which says
//! how the numbers were made, so that what cannot be compared is refused; and the `features`
//! themselves where there are so few that a covariance alone would lose digits.
//!
//! The reference batches of guided-diffusion (ADM) have `mu_s` (`[2023]`) and `sigma_s` (`[2023,2023]`) as well,
//! those of the spatial features of sFID. They are written where they were asked for, and read where they are
//! needed; with few images `features_s` has the features themselves.

mod error;
mod files;
mod merge;
mod meta;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::{MemberProblem, StatsError};
pub use files::FileRange;
pub use meta::{FORMAT, Recipe, StatsMeta};
pub(crate) use meta::{is_standard, standard};
pub(crate) use write::is_stats_name;

use fid_core::FeatureStats;

/// The statistics of one set of images, and how they were made.
///
/// ```
/// use fid_core::FeatureStats;
/// use fid_gpu::stats_file::StatsFile;
///
/// # let folder = temp_dir::TempDir::new()?;
/// # let path = folder.child("reference.npz");
/// // Three rows of two features.
/// let stats = FeatureStats::from_features(&[0.0, 1.0, 2.0, 4.0, 3.0, 0.0], 2)?;
/// StatsFile::new(stats.clone()).save(&path)?;
/// assert_eq!(StatsFile::read(&path, 2)?.stats.mu(), stats.mu());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsFile {
    /// Mean and covariance, or the features they are of.
    pub stats: FeatureStats,
    /// The same of the spatial features of sFID, where the file has them and they were asked for.
    pub spatial: Option<FeatureStats>,
    /// How they were made; none in files of other programs.
    pub meta: Option<StatsMeta>,
}

impl StatsFile {
    /// Statistics of which nobody says how they were made, such as those of another program's
    /// features.
    pub fn new(stats: FeatureStats) -> Self {
        Self { stats, spatial: None, meta: None }
    }

    /// Statistics at pool3, and those of sFID where they were made; `meta` says of both.
    pub(crate) fn of(
        stats: FeatureStats,
        spatial: Option<FeatureStats>,
        meta: Option<StatsMeta>,
    ) -> Self {
        let tap_s = spatial.as_ref().map(|_| SPATIAL_TAP.to_owned());
        let meta = meta.map(|meta| StatsMeta { tap_s, ..meta });
        Self { stats, spatial, meta }
    }
}

/// The members that statistics are in.
#[derive(Debug, Clone, Copy)]
struct Members {
    mu: &'static str,
    sigma: &'static str,
    features: &'static str,
}

const POOL3: Members = Members { mu: "mu", sigma: "sigma", features: "features" };
const SPATIAL: Members = Members { mu: "mu_s", sigma: "sigma_s", features: "features_s" };
const META: &str = "fidgpu_meta";

/// What provenance calls the features of [`SPATIAL`].
const SPATIAL_TAP: &str = "spatial";
