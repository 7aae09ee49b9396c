//! The Cholesky factor, column by column of tiles.

use faer::Par;
use faer::traits::pulp::Arch;

use super::kernel::AddProducts;
use super::lower::LowerTiles;
use super::tile::{TILE, Tile};
use crate::linalg::parallel::for_each;

/// Rows of `X` that [`solve`] computes together: four AVX2 vectors.
const STRIP: usize = 16;

/// Lower triangular `L` with `A = L·Lᵀ`; `None` if a pivot is not positive and finite.
pub(crate) fn cholesky(mut a: LowerTiles, par: Par) -> Option<LowerTiles> {
    let n = a.n();
    let count = a.count();
    for k in 0..count {
        let mut column: Vec<Tile> = (k..count).map(|i| *a.tile(i, k)).collect();
        for_each(par, (k..).zip(&mut column).collect(), |(i, tile)| {
            let factors = (0..k).map(|j| (a.tile(i, j), a.tile(k, j))).collect();
            Arch::new().dispatch(AddProducts { tile, factors, scale: -1.0 });
        });
        let (first, below) = column.split_first_mut()?;
        if !Arch::new().dispatch(|| factorize(first, TILE.min(n - k * TILE))) {
            return None;
        }
        let first = &*first;
        for_each(par, below.iter_mut().collect(), |tile| {
            Arch::new().dispatch(|| solve(tile, first));
        });
        for (i, tile) in (k..).zip(column) {
            *a.tile_mut(i, k) = tile;
        }
    }
    Some(a)
}

/// Replaces the leading `size × size` block of a tile by its Cholesky factor, with zeros above the
/// diagonal. Returns whether it has one.
#[inline(always)]
fn factorize(tile: &mut Tile, size: usize) -> bool {
    for c in 0..size {
        let (done, rest) = tile.split_at_mut(c);
        let column = &mut rest[0];
        column[..c].fill(0.0);
        for l in done {
            let factor = l[c];
            for (x, l) in column[c..].iter_mut().zip(&l[c..]) {
                *x -= l * factor;
            }
        }
        let pivot = column[c].sqrt();
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        column[c..].iter_mut().for_each(|x| *x /= pivot);
    }
    true
}

/// Replaces `tile` by the `X` with `X·Lᵀ = tile`.
#[inline(always)]
fn solve(tile: &mut Tile, l: &Tile) {
    for rows in (0..TILE).step_by(STRIP).map(|row| row..row + STRIP) {
        for c in 0..TILE {
            let mut sums = [0.0; STRIP];
            for j in 0..c {
                for (sum, x) in sums.iter_mut().zip(&tile[j][rows.clone()]) {
                    *sum += l[j][c] * x;
                }
            }
            for (x, sum) in tile[c][rows.clone()].iter_mut().zip(sums) {
                *x = (*x - sum) / l[c][c];
            }
        }
    }
}
