//! First stage for a general matrix: dense to upper band, by products of matrices.

use faer::reborrow::{Reborrow, ReborrowMut};
use faer::{Mat, MatMut, Par};

use super::band::{Band, WIDTH};
use super::panel::Panels;

/// An upper band matrix with the singular values of `a`, `[m, n]` with `m ≥ n`. Overwrites `a`.
/// Alternates the QR of `WIDTH` columns and that of the transpose of `WIDTH` rows.
pub(super) fn general(mut a: MatMut<'_, f64>, par: Par) -> Band {
    let m = a.nrows();
    let n = a.ncols();
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
