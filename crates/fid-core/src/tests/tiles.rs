//! Products of tiles against plain sums.

use faer::traits::pulp::{Arch, Scalar, Simd};
use faer::{Mat, Par};

use super::data::Lcg;
use crate::linalg::tiles::{AddProducts, LowerTiles, TILE, Tile, cholesky, congruence};

/// Rounding of sums of up to 200 products, relative to the largest entry.
const ROUNDING: f64 = 1e-13;

fn tile(lcg: &mut Lcg) -> Box<Tile> {
    Box::new(std::array::from_fn(|_| std::array::from_fn(|_| lcg.normal())))
}

/// The largest difference to `c − ½a·bᵀ`.
fn error(got: &Tile, c: &Tile, a: &Tile, b: &Tile) -> f64 {
    let mut largest = 0f64;
    for j in 0..TILE {
        for i in 0..TILE {
            let sum: f64 = (0..TILE).map(|k| a[k][i] * b[k][j]).sum();
            largest = largest.max((c[j][i] - 0.5 * sum - got[j][i]).abs());
        }
    }
    largest
}

#[test]
fn tile_product_equals_the_plain_sum() {
    let mut lcg = Lcg(70);
    let (a, b, c) = (tile(&mut lcg), tile(&mut lcg), tile(&mut lcg));
    let (mut vectors, mut scalars) = (c.clone(), c.clone());
    let into = |tile| AddProducts { tile, factors: vec![(&*a, &*b)], scale: -0.5 };
    Arch::new().dispatch(into(&mut vectors));
    Simd::vectorize(Scalar, into(&mut scalars));
    for mut got in [vectors, scalars] {
        assert!(error(&got, &c, &a, &b) <= ROUNDING * TILE as f64);
        got[TILE - 1][TILE - 1] += 1e-9;
        assert!(error(&got, &c, &a, &b) > ROUNDING * TILE as f64, "a changed value passed");
    }
}

#[test]
fn congruence_equals_two_dense_products() {
    let mut lcg = Lcg(71);
    for n in [1, 47, 48, 49, 200, 400] {
        let half = Mat::from_fn(n, n, |_, _| lcg.normal());
        let l = Mat::from_fn(n, n, |i, j| if i < j { 0.0 } else { lcg.normal() });
        let sigma = &half + half.transpose();
        let want = l.transpose() * &sigma * &l;
        // The upper triangle must not be read.
        let lower = Mat::from_fn(n, n, |i, j| if i < j { f64::NAN } else { sigma[(i, j)] });
        for par in [Par::Seq, Par::rayon(3)] {
            let got = congruence(&LowerTiles::lower(l.as_ref()), lower.as_ref(), par);
            let entry = |i: usize, j: usize| got.tile(i / TILE, j / TILE)[j % TILE][i % TILE];
            let largest = want.norm_max();
            for j in 0..n {
                for i in j..n {
                    let error = (entry(i, j) - want[(i, j)]).abs();
                    assert!(error <= ROUNDING * largest, "{n}: {error:e} at {i}, {j}");
                }
            }
        }
    }
}

#[test]
fn cholesky_factor_times_its_transpose_is_the_matrix() {
    let mut lcg = Lcg(72);
    for n in [1, 2, 47, 48, 49, 97, 200] {
        let half = Mat::from_fn(n, n, |_, _| lcg.normal());
        let sigma = &half * half.transpose();
        // The upper triangle must not be read.
        let lower = Mat::from_fn(n, n, |i, j| if i < j { f64::NAN } else { sigma[(i, j)] });
        for par in [Par::Seq, Par::rayon(3)] {
            let l = cholesky(LowerTiles::symmetric(lower.as_ref()), par).unwrap();
            assert!(l.diagonal().all(|root| root > 0.0));
            let tiles = (0..l.count()).map(|k| l.tile(k, k));
            assert!(tiles.flat_map(|tile| (1..TILE).map(|j| tile[j][j - 1])).all(|x| x == 0.0));
            let l = l.to_dense();
            let error = (&l * l.transpose() - &sigma).norm_max() / sigma.norm_max();
            assert!(error <= ROUNDING, "{n}: {error:e}");
        }
        assert!(cholesky(LowerTiles::zeros(n), Par::Seq).is_none(), "{n}");
        for spoiled in [-1e-9 * sigma[(n - 1, n - 1)], f64::NAN] {
            let mut saddle = sigma.clone();
            saddle[(n - 1, n - 1)] = spoiled;
            assert!(cholesky(LowerTiles::symmetric(saddle.as_ref()), Par::Seq).is_none(), "{n}");
        }
    }
}

#[test]
fn parts_contain_every_tile_once() {
    for n in [1, 100, 900] {
        let mut tiles = LowerTiles::zeros(n);
        let count = tiles.count();
        for first in 0..count {
            let mut seen: Vec<_> = tiles
                .parts(first, 3)
                .into_iter()
                .flat_map(|(indices, tiles)| {
                    assert_eq!(indices.len(), tiles.len());
                    indices.iter().copied().filter(|&(_, j)| j >= first)
                })
                .collect();
            seen.sort_unstable();
            let want = (first..count).flat_map(|i| (first..=i).map(move |j| (i, j)));
            assert!(seen.into_iter().eq(want), "{n}, {first}");
        }
    }
}
