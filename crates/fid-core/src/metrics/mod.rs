//! The metrics that are read beside FID, in plain f64, each with the conventions of the program that
//! made it known.
//!
//! They read features through [`FeatureRows`](crate::FeatureRows), so that nothing here knows whether
//! they are in memory or in a file.

mod neighbours;
mod prdc;
mod tiles;

pub use neighbours::{Neighbour, nearest_neighbours, neighbour_distances};
pub use prdc::{Boundary, Prdc, PrdcConfig, prdc};

#[cfg(test)]
mod tests;
