//! Convolution with bias and ReLU in one kernel, and pooling. Both write their channels of a
//! block's concatenation in place.
//!
//! Activations are a row of channels for each pixel ([`crate::Activations`]). A convolution is then
//! a matrix product that looks up the rows of its left side (implicit GEMM); a 1×1 convolution is a
//! plain matrix product.

mod after;
mod geometry;
pub(crate) mod launch;
mod lengths;
mod loads;
pub(crate) mod matrix;
mod plain;
mod pooling;
mod software;
mod staged;
mod tile;

pub use after::After;
pub use geometry::Pool;
pub(crate) use geometry::{ConvPlan, Geometry};
pub use tile::TileClass;
pub(crate) use tile::{Table, Tile};
