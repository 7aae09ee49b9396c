//! The metrics besides FID, in f64, each with the conventions of the program that is known for it.
//!
//! They read features through [`FeatureRows`](crate::FeatureRows), from memory or from files.

mod checked_products;
mod cmmd;
mod common;
mod distances;
mod fdr;
mod fid_infinity;
mod inception_score;
mod influence;
mod interval;
mod kernel;
mod kernel_sums;
mod kid;
mod kid_blocks;
mod kid_interval;
mod metric;
mod mifid;
mod mind;
mod mt19937;
mod neighbours;
mod numpy_random;
mod prdc;
mod principal;
mod products;
mod torch_random;

pub use checked_products::CheckedProducts;
pub use cmmd::{Cmmd, cmmd};
pub use fdr::{FDR6, FdrReference, fdr};
pub use fid_infinity::{FidInfinity, FidInfinityConfig, FidPoint, fid_infinity};
pub use inception_score::{
    InceptionScore, InceptionScoreConfig, InceptionScoreVariant, inception_score,
};
pub use influence::{FidInfluence, FidSide, Outlier, fid_influence, nearest_real, outliers};
pub use interval::{Interval, IntervalConfig, IntervalMethod, fid_interval};
pub use kernel::PolynomialKernel;
pub use kid::{Kid, KidConfig, kid, mmd2_unbiased};
pub use kid_blocks::{KidBlocks, KidBlocksConfig, kid_blocks};
pub use kid_interval::kid_interval;
pub use metric::{Metric, UnknownMetric};
pub use mifid::{Mifid, MifidConfig, mifid, mifid_by};
pub use mind::{Mind, MindConfig, mind};
pub use neighbours::{Neighbour, nearest_neighbours, neighbour_distances};
pub use numpy_random::{RandomState, sorted_sample};
pub use prdc::{Boundary, Prdc, PrdcConfig, prdc, prdc_by};
pub use principal::{PrincipalPlane, principal_plane};
pub use products::{CpuProducts, TileProducts};
pub use torch_random::TorchGenerator;

#[cfg(test)]
mod tests;
