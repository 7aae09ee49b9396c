//! `Lᵀ·Σ·L` in half the operations of two products.

use faer::traits::pulp::Arch;
use faer::{MatRef, Par};

use super::kernel::AddProducts;
use super::lower::LowerTiles;
use super::tile::{TILE, Tile};
use crate::linalg::parallel::for_each;

/// Tiles have sums of different lengths; many small parts share the work evenly among threads.
const PARTS: usize = 128;

/// `Lᵀ·Σ·L` of a lower triangular `l` and a symmetric `sigma`. Reads the lower triangle of `sigma`.
///
/// `Σ = M + Mᵀ`, where `M` has the tiles below the diagonal and half of those on it. `X = M·L` is
/// lower triangular, and the result is `LᵀX + XᵀL`.
pub(crate) fn congruence(l: &LowerTiles, sigma: MatRef<'_, f64>, par: Par) -> LowerTiles {
    let lt = l.transposed_tiles();
    let mut m = LowerTiles::symmetric(sigma);
    for i in 0..m.count() {
        m.tile_mut(i, i).as_flattened_mut().iter_mut().for_each(|x| *x *= 0.5);
    }
    let mut xt = LowerTiles::zeros(l.n());
    each_tile(&mut xt, par, |i, j| (j..=i).map(|k| (lt.tile(k, j), m.tile(i, k))).collect());
    let count = m.count();
    each_tile(&mut m, par, |i, j| {
        let pairs = |k| [(lt.tile(k, i), xt.tile(k, j)), (xt.tile(k, i), lt.tile(k, j))];
        (i..count).flat_map(pairs).collect()
    });
    m
}

/// Sets each tile to the sum of the products `A·Bᵀ` of the pairs that `factors` returns for its row
/// and column.
fn each_tile<'a>(
    out: &mut LowerTiles,
    par: Par,
    factors: impl Fn(usize, usize) -> Vec<(&'a Tile, &'a Tile)> + Sync + Send,
) {
    for_each(par, out.parts(0, PARTS), |(indices, tiles)| {
        for (&(i, j), tile) in indices.iter().zip(tiles) {
            tile.fill([0.0; TILE]);
            Arch::new().dispatch(AddProducts { tile, factors: factors(i, j), scale: 1.0 });
        }
    });
}
