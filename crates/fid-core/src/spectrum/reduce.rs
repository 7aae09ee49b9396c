//! First stage: a dense matrix to a band, by products of matrices.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as structured};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::reborrow::{Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::band::{Band, WIDTH};
use super::panel::Panels;

/// An upper band of the singular values of `a`, `[m, n]` with `m ≥ n`, which is destroyed. In turn a QR
/// of `WIDTH` columns and one of the transpose of `WIDTH` rows.
pub(super) fn general(mut a: MatMut<'_, f64>, par: Par) -> Band {
    let (m, n) = (a.nrows(), a.ncols());
    let mut band = Band::zeros(n);
    let mut panels = Panels::new(m, m, par);
    let mut rows = Mat::zeros(n, WIDTH);
    for k in (0..n).step_by(WIDTH) {
        let width = WIDTH.min(n - k);
        let rest = a.rb_mut().submatrix_mut(k, k, m - k, n - k);
        let (mut panel, mut right) = rest.split_at_col_mut(width);
        panels.factorize(panel.rb_mut());
        for j in 0..width {
            (0..=j).for_each(|i| band.set(k + i, k + j, panel[(i, j)]));
        }
        let others = right.ncols();
        if others == 0 {
            break;
        }
        panels.apply_transposed(panel.rb(), right.rb_mut());

        let (top, below) = right.split_at_row_mut(width);
        let mut rows = rows.as_mut().submatrix_mut(0, 0, others, width);
        rows.copy_from(top.transpose());
        panels.factorize(rows.rb_mut());
        for i in 0..width {
            (0..=i.min(others - 1)).for_each(|j| band.set(k + i, k + width + j, rows[(j, i)]));
        }
        panels.apply_transposed(rows.rb(), below.transpose_mut());
    }
    band
}

/// A band of the eigenvalues of the symmetric `a`, of which the lower triangle is read and destroyed.
/// `Qᵀ·A·Q = A − V·Wᵀ − W·Vᵀ` with `W = Z − ½V·T⁻ᵀ·VᵀZ` and `Z = A·V·T⁻¹`.
pub(super) fn symmetric(mut a: MatMut<'_, f64>, par: Par) -> Band {
    let n = a.nrows();
    let mut band = Band::zeros(n);
    let mut panels = Panels::new(n, 0, par);
    let (mut vw, mut wv) = (Mat::zeros(n, 2 * WIDTH), Mat::zeros(n, 2 * WIDTH));
    for k in (0..n).step_by(WIDTH) {
        let width = WIDTH.min(n - k);
        let rest = a.rb_mut().submatrix_mut(k, k, n - k, n - k);
        let (diagonal, below) = rest.split_at_row_mut(width);
        for j in 0..width {
            (j..width).for_each(|i| set_both(&mut band, k + i, k + j, diagonal[(i, j)]));
        }
        let others = below.nrows();
        if others == 0 {
            break;
        }
        let (mut panel, mut a) = below.split_at_col_mut(width);
        panels.factorize(panel.rb_mut());
        for j in 0..width {
            let r = 0..=j.min(others - 1);
            r.for_each(|i| set_both(&mut band, k + width + i, k + j, panel[(i, j)]));
        }
        let size = panels.t().ncols();
        let mut vw = vw.as_mut().submatrix_mut(0, 0, others, 2 * size);
        let mut wv = wv.as_mut().submatrix_mut(0, 0, others, 2 * size);
        let (mut v, mut w) = vw.rb_mut().split_at_col_mut(size);
        copy_trapezoid(v.rb_mut(), panel.rb());
        symmetric_product(w.rb_mut(), a.rb(), v.rb(), par);
        let t = panels.t().transpose();
        solve_lower_triangular_in_place(t, w.rb_mut().transpose_mut(), par);
        let mut inner = v.rb().transpose() * w.rb();
        solve_lower_triangular_in_place(t, inner.as_mut(), par);
        matmul(w.rb_mut(), Accum::Add, v.rb(), inner.as_ref(), -0.5, par);
        wv.rb_mut().subcols_mut(0, size).copy_from(w.rb());
        wv.rb_mut().subcols_mut(size, size).copy_from(v.rb());

        let (lower, dense) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
        let transposed = wv.rb().transpose();
        structured(a.rb_mut(), lower, Accum::Add, vw.rb(), dense, transposed, dense, -1.0, par);
    }
    band
}

/// Sets an entry on or below the diagonal, and its mirror where the band keeps it.
fn set_both(band: &mut Band, row: usize, column: usize, value: f64) {
    band.set(row, column, value);
    if row - column < WIDTH {
        band.set(column, row, value);
    }
}

/// `V` of a panel, with its ones and zeros written out.
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

/// `out = A·V` from the lower triangle of `A`.
fn symmetric_product(mut out: MatMut<'_, f64>, a: MatRef<'_, f64>, v: MatRef<'_, f64>, par: Par) {
    use BlockStructure::{Rectangular, StrictTriangularUpper, TriangularLower};
    let (replace, upper) = (Accum::Replace, a.transpose());
    structured(out.rb_mut(), Rectangular, replace, a, TriangularLower, v, Rectangular, 1.0, par);
    structured(
        out,
        Rectangular,
        Accum::Add,
        upper,
        StrictTriangularUpper,
        v,
        Rectangular,
        1.0,
        par,
    );
}
