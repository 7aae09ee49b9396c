//! First stage for a symmetric matrix: dense to band. Each panel reads each tile once: one pass
//! applies the update of the previous panel and computes the product for the current one.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::reborrow::{Reborrow, ReborrowMut};
use faer::traits::pulp::{Arch, Simd, WithSimd};
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::band::{Band, WIDTH};
use super::panel::Panels;
use crate::linalg::parallel::{degree, for_each};
use crate::linalg::tiles::{LowerTiles, TILE, Tile, TileIndex, add_product, with_vectors};

/// Rows of `V` or of a product, row-major.
type Rows = [[f64; WIDTH]; TILE];

/// As many rows of `V` and `W` side by side, column-major.
type Pair = [[f64; TILE]; 2 * WIDTH];

// A panel lies within one column of tiles.
const _: () = assert!(TILE.is_multiple_of(WIDTH));

/// A band matrix with the eigenvalues of the symmetric `a`:
/// `Qᵀ·A·Q = A − V·Wᵀ − W·Vᵀ` with `W = Z − ½V·T⁻ᵀ·VᵀZ` and `Z = A·V·T⁻¹`.
pub(super) fn band(mut a: LowerTiles, par: Par) -> Band {
    let n = a.n();
    let count = a.count();
    let mut band = Band::zeros(n);
    let mut panels = Panels::new(n, 0, Par::Seq);
    let mut panel = Mat::zeros(n, WIDTH);
    let mut v = Mat::zeros(n, WIDTH);
    let mut w = Mat::zeros(n, WIDTH);
    let mut rows = vec![[[0.0; WIDTH]; TILE]; count];
    let mut pairs: Vec<(Pair, Pair)> =
        vec![([[0.0; TILE]; 2 * WIDTH], [[0.0; TILE]; 2 * WIDTH]); count];
    let mut products = vec![rows.clone(); degree(par)];
    for k in (0..n).step_by(WIDTH) {
        let width = WIDTH.min(n - k);
        let mut panel = panel.as_mut().submatrix_mut(0, 0, n - k, width);
        copy_panel(panel.rb_mut(), &a, k);
        for (v, w) in [(&v, &w), (&w, &v)] {
            let v = v.as_ref().subrows(k, n - k);
            let top = w.as_ref().subrows(k, width);
            matmul(panel.rb_mut(), Accum::Add, v, top.transpose(), -1.0, Par::Seq);
        }
        let (diagonal, mut panel) = panel.split_at_row_mut(width);
        for j in 0..width {
            (j..width).for_each(|i| set_both(&mut band, k + i, k + j, diagonal[(i, j)]));
        }
        let start = k + width;
        let others = panel.nrows();
        if others == 0 {
            break;
        }
        panels.factorize(panel.rb_mut());
        for j in 0..width {
            let r = 0..=j.min(others - 1);
            r.for_each(|i| set_both(&mut band, start + i, k + j, panel[(i, j)]));
        }

        let size = panels.t().ncols();
        let first = start / TILE;
        v.fill(0.0);
        copy_trapezoid(v.as_mut().submatrix_mut(start, 0, others, size), panel.rb());
        for (i, rows) in rows.iter_mut().enumerate().skip(first) {
            copy_rows(rows, v.as_ref(), i * TILE);
        }
        let pending = (k > 0).then_some(&pairs[..]);
        let parts = a.parts(first, degree(par));
        let used = parts.len();
        let work = parts.into_iter().zip(&mut products).collect();
        for_each(par, work, |((indices, tiles), out): (_, &mut Vec<_>)| {
            Arch::new().dispatch(Pass { first, indices, tiles, pairs: pending, rows: &rows, out });
        });
        add_up(&mut w, &products[..used], start);
        let v_rest = v.as_ref().submatrix(start, 0, others, size);
        complete(w.as_mut().submatrix_mut(start, 0, others, size), v_rest, panels.t());
        for (i, (vw, wv)) in pairs.iter_mut().enumerate().skip(first) {
            copy_pair(vw, v.as_ref(), w.as_ref(), i * TILE);
            copy_pair(wv, w.as_ref(), v.as_ref(), i * TILE);
        }
    }
    band
}

/// Computes `W` in place from `A·V`.
fn complete(mut w: MatMut<'_, f64>, v: MatRef<'_, f64>, t: MatRef<'_, f64>) {
    let t = t.transpose();
    let seq = Par::Seq;
    solve_lower_triangular_in_place(t, w.rb_mut().transpose_mut(), seq);
    let mut inner = Mat::zeros(t.nrows(), t.nrows());
    matmul(inner.as_mut(), Accum::Replace, v.transpose(), w.rb(), 1.0, seq);
    solve_lower_triangular_in_place(t, inner.as_mut(), seq);
    matmul(w, Accum::Add, v, inner.as_ref(), -0.5, seq);
}

/// Updates some tiles of `A` to `A − V·Wᵀ − W·Vᵀ` with the previous panel, then multiplies them
/// with the current panel's `V`.
struct Pass<'a> {
    first: usize,
    indices: &'a [TileIndex],
    tiles: &'a mut [Tile],
    pairs: Option<&'a [(Pair, Pair)]>,
    rows: &'a [Rows],
    out: &'a mut [Rows],
}

impl Pass<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { first, indices, tiles, pairs, rows, out } = self;
        out.fill([[0.0; WIDTH]; TILE]);
        for (&(i, j), a) in indices.iter().zip(tiles).filter(|((_, j), _)| *j >= first) {
            if let Some(pairs) = pairs {
                let left = &pairs[i].0;
                let right = &pairs[j].1;
                add_product::<S, V, _, _, _>(simd, a, left, |k, j| right[k][j], -1.0);
            }
            add_product::<S, V, _, _, _>(simd, &mut out[i], &rows[j], |k, i| a[k][i], 1.0);
            if i != j {
                add_product::<S, V, _, _, _>(simd, &mut out[j], &rows[i], |k, j| a[j][k], 1.0);
            }
        }
    }
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        with_vectors!(simd: S, self.run)
    }
}

/// Copies the columns of a panel from row and column `k` on.
fn copy_panel(mut panel: MatMut<'_, f64>, a: &LowerTiles, k: usize) {
    let j = k / TILE;
    let skip = k % TILE;
    for (column, out) in panel.rb_mut().col_iter_mut().enumerate() {
        let rows = (j..a.count()).flat_map(|i| &a.tile(i, j)[skip + column]).skip(skip);
        out.iter_mut().zip(rows).for_each(|(out, &value)| *out = value);
    }
}

fn copy_rows(rows: &mut Rows, v: MatRef<'_, f64>, start: usize) {
    for (j, column) in v.subrows(start, TILE.min(v.nrows() - start)).col_iter().enumerate() {
        rows.iter_mut().zip(column.iter()).for_each(|(row, &value)| row[j] = value);
    }
}

fn copy_pair(pair: &mut Pair, left: MatRef<'_, f64>, right: MatRef<'_, f64>, start: usize) {
    let columns = left.col_iter().chain(right.col_iter());
    for (out, column) in pair.iter_mut().zip(columns) {
        out.iter_mut().zip(column.iter().skip(start)).for_each(|(out, &value)| *out = value);
    }
}

/// Sums all products from row `start` on; zeros above.
fn add_up(sum: &mut Mat<f64>, products: &[Vec<Rows>], start: usize) {
    for (j, mut column) in sum.as_mut().col_iter_mut().enumerate() {
        column.fill(0.0);
        for product in products {
            let values = product.as_flattened().iter().skip(start).map(|row| row[j]);
            column
                .rb_mut()
                .iter_mut()
                .skip(start)
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
        }
    }
}

/// Sets an entry on or below the diagonal, and its mirror image if the band stores it.
fn set_both(band: &mut Band, row: usize, column: usize, value: f64) {
    band.set(row, column, value);
    if row - column < WIDTH {
        band.set(column, row, value);
    }
}

/// Copies the `V` of a panel, with its implicit ones and zeros.
fn copy_trapezoid(mut v: MatMut<'_, f64>, panel: MatRef<'_, f64>) {
    for (j, column) in v.rb_mut().col_iter_mut().enumerate() {
        for (i, value) in column.iter_mut().enumerate() {
            *value = match i.cmp(&j) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 1.0,
                std::cmp::Ordering::Greater => panel[(i, j)],
            };
        }
    }
}
