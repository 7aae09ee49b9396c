//! Symmetric and triangular matrices in square tiles, each contiguous, and products of them. A tile stays in
//! a core's cache while all is done that needs it, and only those tiles are worked on that are not zero.

mod cholesky;
mod congruence;
mod kernel;
mod lower;

pub(crate) use cholesky::cholesky;
pub(crate) use congruence::congruence;
pub(crate) use kernel::{AddProducts, add_product, with_vectors};
pub(crate) use lower::{LowerTiles, Place};

use faer::Par;
use rayon::prelude::*;

/// Side of a tile: 18 KiB each, so that the factors of a product stay in a core's first cache.
pub(crate) const TILE: usize = 48;

/// Column-major.
pub(crate) type Tile = [[f64; TILE]; TILE];

/// How many threads are asked for.
pub(crate) fn degree(par: Par) -> usize {
    match par {
        Par::Seq => 1,
        Par::Rayon(threads) => threads.get(),
    }
}

/// Calls `work` with each item, on threads if they are asked for.
pub(crate) fn for_each<T: Send>(par: Par, items: Vec<T>, work: impl Fn(T) + Sync + Send) {
    match par {
        Par::Seq => items.into_iter().for_each(work),
        Par::Rayon(_) => items.into_par_iter().with_max_len(1).for_each(work),
    }
}
