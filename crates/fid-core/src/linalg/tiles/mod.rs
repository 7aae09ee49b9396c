//! Symmetric and triangular matrices in square tiles, each contiguous, and their products. A tile
//! stays in a core's cache for all work on it, and zero tiles take no part.

mod cholesky;
mod congruence;
mod kernel;
mod lower;
mod tile;

pub(crate) use cholesky::cholesky;
pub(crate) use congruence::congruence;
#[cfg(test)]
pub(crate) use kernel::AddProducts;
pub(crate) use kernel::{add_product, with_vectors};
pub(crate) use lower::{LowerTiles, TileIndex};
pub(crate) use tile::{TILE, Tile};
