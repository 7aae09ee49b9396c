//! The matrix operations that FID needs. Matrices of features are `[dim, n]` here, one *column* per
//! image: faer is column-major, so a row-major `[n, dim]` batch has the same memory order.

use faer::linalg::matmul::triangular::BlockStructure::{
    Rectangular, TriangularLower, TriangularUpper,
};
use faer::linalg::matmul::triangular::matmul as structured_matmul;
use faer::{Accum, ColRef, Mat, MatMut, MatRef, get_global_parallelism};

use rayon::prelude::*;

use super::spectrum;
use super::tiles::{LowerTiles, congruence};
use crate::error::Error;

/// `(x − mean)·scale` for every feature vector: `[dim, n]` from row-major `[n, dim]`.
pub(crate) fn centered(rows: &[f32], mean: &[f64], scale: f64) -> Mat<f64> {
    let dim = mean.len();
    let mut out = Mat::zeros(dim, rows.len() / dim);
    for (row, column) in rows.chunks_exact(dim).zip(out.col_iter_mut()) {
        for ((&x, &m), out) in row.iter().zip(mean).zip(column.iter_mut()) {
            *out = (f64::from(x) - m) * scale;
        }
    }
    out
}

/// Adds `f·fᵀ` to the lower triangle of `out`, column-major `[dim, dim]`.
pub(crate) fn add_outer_lower(out: &mut [f64], f: MatRef<'_, f64>) {
    let dim = f.nrows();
    lower_product(
        MatMut::from_column_major_slice_mut(out, dim, dim),
        Accum::Add,
        1.0,
        f,
        f.transpose(),
    );
}

/// Stores the lower triangle of `scale·a·b` in `out`, or adds it.
pub(crate) fn lower_product(
    out: MatMut<'_, f64>,
    accum: Accum,
    scale: f64,
    a: MatRef<'_, f64>,
    b: MatRef<'_, f64>,
) {
    let par = get_global_parallelism();
    structured_matmul(out, TriangularLower, accum, a, Rectangular, b, Rectangular, scale, par);
}

/// Copies the lower triangle of a column-major `[dim, dim]` to the upper one.
pub(crate) fn mirror_lower(matrix: &mut [f64], dim: usize) {
    mirror_columns(matrix, dim, 0);
}

/// As [`mirror_lower`], for some columns and the rows of the same numbers, from `first` on.
fn mirror_columns(columns: &mut [f64], dim: usize, first: usize) {
    // In tiles: the transposed walk through a 32 MiB matrix would miss the cache at each step.
    const TILE: usize = 32;
    let count = columns.len() / dim;
    if count <= TILE {
        for column in 1..count {
            for row in 0..column {
                columns[column * dim + first + row] = columns[row * dim + first + column];
            }
        }
        return;
    }
    let half = (count / 2).next_multiple_of(TILE);
    let (left, right) = columns.split_at_mut(half * dim);
    right.par_chunks_mut(TILE * dim).enumerate().for_each(|(tile, right)| {
        let row = first + half + tile * TILE;
        for (begin, left) in (first..).step_by(TILE).zip(left.chunks(TILE * dim)) {
            for (at, right) in right.chunks_exact_mut(dim).enumerate() {
                let below = left.chunks_exact(dim).map(|left| left[row + at]);
                right[begin..].iter_mut().zip(below).for_each(|(right, below)| *right = below);
            }
        }
    });
    rayon::join(|| mirror_columns(left, dim, first), || mirror_columns(right, dim, first + half));
}

/// `tr √(ΣaΣb)` as the sum of the singular values of `Faᵀ·Fb`. Each value is accurate to `ε` of the
/// largest, since nothing is squared.
pub(crate) fn nuclear_norm(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Result<f64, Error> {
    if a.ncols() == 0 || b.ncols() == 0 {
        return Ok(0.0);
    }
    let par = get_global_parallelism();
    let mut product = Mat::zeros(a.ncols(), b.ncols());
    let left = if is_lower(a) { TriangularUpper } else { Rectangular };
    let right = if is_lower(b) { TriangularLower } else { Rectangular };
    let out = product.as_mut();
    let at = a.transpose();
    structured_matmul(out, Rectangular, Accum::Replace, at, left, b, right, 1.0, par);
    require_finite(product.as_ref())?;
    let (rows, columns) = product.shape();
    let decomposition = "singular value decomposition";
    let values = spectrum::singular_values(product).ok_or(Error::NoConvergence {
        decomposition,
        rows,
        columns,
    })?;
    Ok(values.iter().sum())
}

/// Whether a matrix is square and zero above its diagonal, as a Cholesky factor is.
fn is_lower(matrix: MatRef<'_, f64>) -> bool {
    let zero = |(j, column): (usize, ColRef<'_, f64>)| column.iter().take(j).all(|&x| x == 0.0);
    matrix.nrows() == matrix.ncols() && matrix.col_iter().enumerate().all(zero)
}

/// [`nuclear_norm`] of `L` and any factor of `Σ`, from the eigenvalues of `Lᵀ·Σ·L`. `None` if
/// rounding may change it by more than `allowed`.
pub(crate) fn root_trace(
    l: &LowerTiles,
    sigma: MatRef<'_, f64>,
    allowed: f64,
) -> Result<Option<f64>, Error> {
    let product = finite(congruence(l, sigma, get_global_parallelism()))?;
    Ok(spectrum::sum_of_roots(product, allowed))
}

/// Eigenvalues of a symmetric matrix, nondecreasing. Reads its lower triangle.
pub(crate) fn eigenvalues(matrix: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    let (rows, columns) = matrix.shape();
    let decomposition = "eigendecomposition";
    let matrix = finite(LowerTiles::symmetric(matrix))?;
    spectrum::eigenvalues(matrix).ok_or(Error::NoConvergence { decomposition, rows, columns })
}

fn finite(matrix: LowerTiles) -> Result<LowerTiles, Error> {
    if matrix.is_finite() { Ok(matrix) } else { Err(Error::Overflow { what: PRODUCT }) }
}

const PRODUCT: &str = "product with a covariance";

/// Refuses NaN and infinity, which faer's iterations do not expect. Features of size 1e150 can
/// cause them.
///
/// # Errors
/// [`Error::Overflow`].
pub(crate) fn require_finite(matrix: MatRef<'_, f64>) -> Result<(), Error> {
    if matrix.col_iter().all(|column| column.iter().all(|value| value.is_finite())) {
        Ok(())
    } else {
        Err(Error::Overflow { what: PRODUCT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_every_size() {
        for dim in [1, 2, 31, 32, 33, 64, 65, 100, 131, 200] {
            let value = |at: usize| {
                let (column, row) = (at / dim, at % dim);
                (row.max(column) * dim + row.min(column)) as f64
            };
            let mut matrix: Vec<f64> = (0..dim * dim)
                .map(|at| if at % dim >= at / dim { value(at) } else { f64::NAN })
                .collect();
            mirror_lower(&mut matrix, dim);
            assert!((0..dim * dim).all(|at| matrix[at] == value(at)), "{dim}");
        }
    }
}
