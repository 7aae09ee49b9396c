//! The few matrix operations FID needs, over faer. Matrices of features are `[dim, n]` here, one
//! *column* for each image: faer is column-major, so a row-major `[n, dim]` batch is copied as it is.

use faer::linalg::matmul::triangular::{BlockStructure, matmul as structured_matmul};
use faer::{Accum, Mat, MatMut, MatRef, Side, get_global_parallelism};

use crate::Error;

/// An eigenvalue more negative than this share of the largest is no rounding, not even that of a
/// covariance summed in f32 (2048·2⁻²⁴ ≈ 1.2e-4).
const NEGATIVE_SPECTRUM_LIMIT: f64 = 1e-3;

/// A matrix `F` with `Σ = F·Fᵀ`, and the size of the negative eigenvalues left out of it.
pub(crate) struct Factor {
    pub(crate) matrix: Mat<f64>,
    pub(crate) clamped: f64,
}

/// Features minus their mean, times `scale`: `[dim, n]` from row-major `[n, dim]`.
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
    lower_product(MatMut::from_column_major_slice_mut(out, dim, dim), Accum::Add, f, f.transpose());
}

fn lower_product(out: MatMut<'_, f64>, accum: Accum, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    use BlockStructure::{Rectangular, TriangularLower};
    let par = get_global_parallelism();
    structured_matmul(out, TriangularLower, accum, a, Rectangular, b, Rectangular, 1.0, par);
}

/// Copies the lower triangle to the upper one.
pub(crate) fn mirror_lower(matrix: &mut [f64], dim: usize) {
    // In tiles: the transposed walk through a 32 MiB matrix would miss the cache at each step.
    const TILE: usize = 32;
    for column_tile in (0..dim).step_by(TILE) {
        for row_tile in (column_tile..dim).step_by(TILE) {
            for column in column_tile..(column_tile + TILE).min(dim) {
                for row in row_tile.max(column)..(row_tile + TILE).min(dim) {
                    matrix[row * dim + column] = matrix[column * dim + row];
                }
            }
        }
    }
}

/// The Cholesky factor of `sigma`, or nothing if it is singular to working precision. A pivot below
/// `dim·ε` of the largest is only the rounding of zero, though faer would take its root: its column
/// of `L` would be noise of size `√ε`.
pub(crate) fn cholesky(sigma: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let llt = sigma.llt(Side::Lower).ok()?;
    let l = llt.L();
    let dim = l.nrows();
    let (mut smallest, mut largest) = (f64::INFINITY, 0f64);
    for i in 0..dim {
        let pivot = l[(i, i)] * l[(i, i)];
        (smallest, largest) = (smallest.min(pivot), largest.max(pivot));
    }
    (smallest > dim as f64 * f64::EPSILON * largest).then(|| l.to_owned())
}

/// `U·√λ` from the eigen-decomposition, without the eigenvalues below `dim·ε·λmax`, which are
/// rounding. A looser cut would lose real spectrum of near-dead channels.
pub(crate) fn half_factor(sigma: MatRef<'_, f64>) -> Result<Factor, Error> {
    let dim = sigma.nrows();
    let eigen = sigma.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence {
        decomposition: "eigen-decomposition",
        rows: dim,
        columns: dim,
    })?;
    let (u, values) = (eigen.U(), eigen.S().column_vector());
    // Sorted in nondecreasing order.
    let (smallest, largest) = (values[0], values[dim - 1].max(0.0));
    if smallest < -NEGATIVE_SPECTRUM_LIMIT * largest || largest == 0.0 && smallest < 0.0 {
        return Err(Error::NotPositive { smallest, largest });
    }
    let cut = dim as f64 * f64::EPSILON * largest;
    let first = values.iter().position(|&value| value > cut).unwrap_or(dim);
    let matrix =
        Mat::from_fn(dim, dim - first, |i, j| u[(i, first + j)] * values[first + j].sqrt());
    Ok(Factor { matrix, clamped: values.iter().map(|value| (-value).max(0.0)).sum() })
}

/// `tr √(ΣaΣb)` as the sum of the singular values of `Faᵀ·Fb`. Each is good to `ε` of the largest:
/// nothing is squared.
pub(crate) fn nuclear_norm(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Result<f64, Error> {
    if a.ncols() == 0 || b.ncols() == 0 {
        return Ok(0.0);
    }
    let product = a.transpose() * b;
    require_finite(product.as_ref())?;
    let values = product.singular_values().map_err(|_| Error::NoConvergence {
        decomposition: "singular value decomposition",
        rows: product.nrows(),
        columns: product.ncols(),
    })?;
    Ok(values.iter().sum())
}

/// Eigenvalues of `Lᵀ·Σ·L`, the squares of what [`nuclear_norm`] finds; nondecreasing.
pub(crate) fn squared_spectrum(
    l: MatRef<'_, f64>,
    sigma: MatRef<'_, f64>,
) -> Result<Vec<f64>, Error> {
    let dim = l.nrows();
    let half = sigma * l;
    let mut product = Mat::zeros(dim, dim);
    lower_product(product.as_mut(), Accum::Replace, l.transpose(), half.as_ref());
    eigenvalues(product.as_ref())
}

/// Eigenvalues of a symmetric matrix, of which the lower triangle is read; nondecreasing.
pub(crate) fn eigenvalues(matrix: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    require_finite(matrix)?;
    matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| Error::NoConvergence {
        decomposition: "eigen-decomposition",
        rows: matrix.nrows(),
        columns: matrix.ncols(),
    })
}

/// faer's iterations do not expect NaN or infinities; features of size 1e150 could give them.
fn require_finite(matrix: MatRef<'_, f64>) -> Result<(), Error> {
    if matrix.col_iter().all(|column| column.iter().all(|value| value.is_finite())) {
        Ok(())
    } else {
        Err(Error::Overflow { what: "product with a covariance" })
    }
}
