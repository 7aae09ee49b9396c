//! The metrics that are read beside FID, in plain f64, each with the conventions of the program that
//! made it known.
//!
//! They read features through [`FeatureRows`](crate::FeatureRows), so that nothing here knows whether
//! they are in memory or in a file.

mod influence;
mod interval;
mod kid_interval;
mod neighbours;
mod prdc;
mod tiles;

pub use influence::{FidInfluence, FidSide, Outlier, fid_influence, nearest_real, outliers};
pub use interval::{Interval, IntervalConfig, IntervalMethod, fid_interval};
pub use kid_interval::kid_interval;
pub use neighbours::{Neighbour, nearest_neighbours, neighbour_distances};
pub use prdc::{Boundary, Prdc, PrdcConfig, prdc};

#[cfg(test)]
mod tests;
