//! Convolution, bias and ReLU in one kernel, which writes its slice of a block's concatenation.
//!
//! Activations are [`Rows`]: one row of channels for each pixel. A convolution is then a matrix
//! product in which the rows of the left side are looked up (implicit GEMM); 1×1 is the plain one.

use crate::Window;
use crate::ops::{FidOps, Ops};

mod class;
mod geometry;
pub(crate) mod host;
pub(crate) mod launch;
mod lengths;
mod loads;
mod packed;
mod plain;
mod pooling;
mod rows;
mod software;
mod staged;
mod tile;

pub use class::TileClass;
pub(crate) use geometry::Geometry;
pub use packed::PackedConv;
pub use rows::{Rows, Slice};
pub(crate) use tile::{Kernel, Table, Tile};

/// What a convolution is told besides its tensors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvPlan {
    pub(crate) geometry: Geometry,
    pub(crate) tile: Tile,
    /// Whether values below 0 become 0.
    pub(crate) relu: bool,
}

/// What pooling does with a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The largest value inside the image.
    Max,
    /// The average of the values inside the image.
    Average,
}

/// Pools `input` into its slice of `out`, which is returned.
///
/// # Panics
///
/// Where `out` has another size than the window gives: a mistake of the caller.
pub fn pool(pool: Pool, window: &Window, input: &Rows, out: &Slice) -> Rows {
    let geometry = Geometry::new(window, input, out, input.channels());
    out.rows.written(Ops::pool(input.dispatch(), out.rows.dispatch(), pool, geometry))
}
