//! Convolution, bias and ReLU in one kernel, which writes its slice of a block's concatenation; and
//! pooling.
//!
//! Activations are one row of channels for each pixel ([`crate::Activations`]). A convolution is then
//! a matrix product in which the rows of the left side are looked up (implicit GEMM); 1×1 is the
//! plain one.

mod geometry;
pub(crate) mod launch;
mod lengths;
mod loads;
mod plain;
mod pooling;
mod software;
mod staged;
mod tile;

pub use geometry::Pool;
pub(crate) use geometry::{ConvPlan, Geometry};
pub(crate) use tile::Table;
pub use tile::TileClass;
