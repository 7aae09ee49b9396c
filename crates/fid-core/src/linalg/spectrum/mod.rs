//! Singular values, eigenvalues and the sum of their roots, without vectors, in two stages.
//!
//! The usual single stage multiplies the whole matrix with one vector per column and is bound by
//! memory. Here `reduce` and `symmetric` bring the matrix to a band by products of matrices,
//! `chase` brings the band to two diagonals within the cache, and `qd` or faer finds their values
//! (Lang, "Parallel reduction of banded matrices to bidiagonal form", 1996; Großer & Lang 1999).
//! `roots` computes the sum of the eigenvalues' roots from the band itself. All transformations are
//! orthogonal: a value is accurate to `ε` of the largest.

mod band;
mod chase;
mod panel;
mod qd;
mod reduce;
mod roots;
mod symmetric;

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::evd::tridiagonal_self_adjoint_evd;
use faer::{Mat, Par, get_global_parallelism};

use super::tiles::LowerTiles;

/// A matrix with more than this many times as many rows as columns is first reduced to the `R` of
/// its QR decomposition.
const TALL: f64 = 1.6;

/// The singular values of `matrix`, in no order; `None` if they did not converge.
pub(crate) fn singular_values(matrix: Mat<f64>) -> Option<Vec<f64>> {
    let (rows, columns) = matrix.shape();
    let mut tall = if rows < columns { matrix.transpose().to_owned() } else { matrix };
    if tall.nrows() as f64 > TALL * tall.ncols() as f64 {
        tall = tall.qr().thin_R().to_owned();
    }
    let mut band = reduce::general(tall.as_mut(), get_global_parallelism());
    let scale = band.normalize();
    let (diagonal, above) = chase::bidiagonal(&mut band);
    let values = qd::singular_values(&diagonal, &above)?;
    Some(values.into_iter().map(|value| scale * value).collect())
}

/// The sum of the square roots of the eigenvalues of a symmetric matrix; `None` if an eigenvalue is
/// not positive, or if rounding may change the sum by more than `allowed`.
pub(crate) fn sum_of_roots(matrix: LowerTiles, allowed: f64) -> Option<f64> {
    let par = get_global_parallelism();
    let mut band = symmetric::band(matrix, par);
    let scale = band.normalize().sqrt();
    Some(scale * roots::sum(&band, allowed / scale, par)?)
}

/// The eigenvalues of a symmetric matrix, nondecreasing; `None` if they did not converge.
pub(crate) fn eigenvalues(matrix: LowerTiles) -> Option<Vec<f64>> {
    let mut band = symmetric::band(matrix, get_global_parallelism());
    let scale = band.normalize();
    let (diagonal, below) = chase::tridiagonal(&mut band);
    let n = diagonal.len();
    let mut t = Diag::zeros(n);
    let mut off = Diag::zeros(n);
    let mut values = Diag::<f64>::zeros(n);
    (0..n).for_each(|i| t[i] = diagonal[i]);
    below.iter().enumerate().for_each(|(i, &value)| off[i] = value);
    // Copies of both diagonals, with room for their alignment.
    let mut buffer = MemBuffer::new(StackReq::new::<f64>(2 * n + 1024));
    let stack = MemStack::new(&mut buffer);
    let t = t.as_ref();
    let off = off.as_ref();
    tridiagonal_self_adjoint_evd(
        t,
        off,
        values.as_mut(),
        None,
        Par::Seq,
        stack,
        Default::default(),
    )
    .ok()?;
    let mut values: Vec<f64> = (0..n).map(|i| scale * values[i]).collect();
    values.sort_by(f64::total_cmp);
    Some(values)
}
