//! Statistics files: mean and covariance of a set of images, for comparisons without the images.
//!
//! A file is a `.npz` with `mu` (`[d]`) and `sigma` (`[d,d]`), as pytorch-fid, TTUR and clean-fid
//! read and write it. Files of fid-gpu have another member, `fidgpu_meta` ([`StatsMeta`] as JSON), so
//! that statistics made differently are refused; and the `features` themselves, if there are so few
//! that a covariance alone would lose digits.
//!
//! The reference batches of guided-diffusion (ADM) also have `mu_s` (`[2023]`) and `sigma_s`
//! (`[2023,2023]`), the statistics of sFID's spatial features. Both are written on request and read if
//! needed; with few images, `features_s` has the features themselves.

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

/// The statistics of one set of images, with their provenance.
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
    /// Mean and covariance at pool3, or the few features behind them.
    pub stats: FeatureStats,
    /// Statistics of sFID's spatial features, if the file has them and they were requested.
    pub spatial: Option<FeatureStats>,
    /// Provenance; `None` in files of other programs.
    pub meta: Option<StatsMeta>,
}

impl StatsFile {
    /// Statistics without provenance, such as those of another program's features.
    pub fn new(stats: FeatureStats) -> Self {
        Self { stats, spatial: None, meta: None }
    }

    /// Statistics at pool3, and those of sFID if they were made, with the provenance of both.
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

/// Names of the members that hold statistics.
#[derive(Debug, Clone, Copy)]
struct Members {
    mu: &'static str,
    sigma: &'static str,
    features: &'static str,
}

const POOL3: Members = Members { mu: "mu", sigma: "sigma", features: "features" };
const SPATIAL: Members = Members { mu: "mu_s", sigma: "sigma_s", features: "features_s" };
const META: &str = "fidgpu_meta";

/// Name of the layer of [`SPATIAL`] in provenance.
const SPATIAL_TAP: &str = "spatial";
