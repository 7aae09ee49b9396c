//! Statistics files: mean and covariance of a set of images, for comparisons without the images.
//!
//! A file is a `.npz` with `mu` (`[d]`) and `sigma` (`[d,d]`), as pytorch-fid, TTUR and clean-fid
//! read and write it. Files of fid-gpu have another member, `fidgpu_meta` ([`StatsMeta`] as JSON), so
//! that statistics made differently are refused; and the `features` themselves, if there are so few
//! that a covariance alone would lose digits, or on request: KID, precision and recall and others
//! need them. Files of other programs are read under the names that they use ([`StatsFile::read`]).
//!
//! The reference batches of guided-diffusion (ADM) also have `mu_s` (`[2023]`) and `sigma_s`
//! (`[2023,2023]`), the statistics of sFID's spatial features. Both are written on request and read if
//! needed; with few images, `features_s` has the features themselves.

mod arrays;
mod error;
mod files;
mod merge;
mod meta;
mod names;
mod pickled;
mod pickled_stats;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use error::{MemberProblem, StatsError};
pub use files::FileRange;
pub(crate) use merge::{joined, require_distinct};
pub use meta::{FORMAT, Recipe, StatsMeta};
pub(crate) use meta::{is_standard, standard};
pub(crate) use names::{Origin, likely_origin};
pub(crate) use pickled::require_no_pickle;
pub(crate) use pickled_stats::{PickledStats, Wanted, is_pickle_name};
pub(crate) use read::StatsReader;
pub(crate) use write::{StatsWriter, is_stats_name};

use std::sync::Arc;

use fid_core::{FeatureRows, FeatureSlice, FeatureStats};

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
    /// Mean and covariance at pool3 or the layer in [`meta`](Self::meta), or the few features behind
    /// them.
    pub stats: FeatureStats,
    /// The features behind [`stats`](Self::stats), row-major `[images, d]`, if the file has them and
    /// they were requested. `None` if `stats` has them already.
    pub features: Option<Arc<Vec<f32>>>,
    /// Statistics of sFID's spatial features, if the file has them and they were requested.
    pub spatial: Option<FeatureStats>,
    /// Provenance; `None` in files of other programs.
    pub meta: Option<StatsMeta>,
}

impl StatsFile {
    /// Statistics without provenance, such as those of another program's features.
    pub fn new(stats: FeatureStats) -> Self {
        Self { stats, spatial: None, features: None, meta: None }
    }

    /// Statistics at pool3, and those of sFID if they were made, with the provenance of both.
    pub(crate) fn of(
        stats: FeatureStats,
        spatial: Option<FeatureStats>,
        meta: Option<StatsMeta>,
    ) -> Self {
        let tap_s = spatial.as_ref().map(|_| SPATIAL_TAP.to_owned());
        let meta = meta.map(|meta| StatsMeta { tap_s, ..meta });
        Self { stats, spatial, features: None, meta }
    }

    /// Number of images, if the file records it or has their features.
    pub fn num_images(&self) -> Option<u64> {
        self.stats.num_images().or_else(|| self.rows().map(|rows| rows.num_rows() as u64))
    }

    /// The features of every image, `[images, d]`, if they are here.
    pub fn rows(&self) -> Option<FeatureSlice<'_, f32>> {
        let kept = self.features.as_ref().map(|rows| &rows[..]);
        FeatureSlice::new(kept.or_else(|| self.stats.rows())?, self.stats.dim()).ok()
    }
}

/// Names of the members that hold statistics.
#[derive(Debug, Clone)]
struct Members {
    mu: String,
    sigma: String,
    features: String,
}

impl From<[&str; 3]> for Members {
    fn from([mu, sigma, features]: [&str; 3]) -> Self {
        Self { mu: mu.into(), sigma: sigma.into(), features: features.into() }
    }
}

/// The members of FID's statistics.
fn pool3() -> Members {
    Members::from(["mu", "sigma", "features"])
}

/// The members of sFID's statistics.
const SPATIAL: [&str; 3] = ["mu_s", "sigma_s", "features_s"];
const META: &str = "fidgpu_meta";

/// Name of the layer of [`SPATIAL`] in provenance.
const SPATIAL_TAP: &str = "spatial";
