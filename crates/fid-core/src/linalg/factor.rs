//! Factors `F` of a covariance, `Σ = F·Fᵀ`, for regular and for singular ones.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt_pivoting::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Accum, Mat, MatRef, Par, Side, get_global_parallelism};

use super::matrix::lower_product;
use super::tiles::{self, LowerTiles};
use crate::error::Error;

/// Rounding does not make an eigenvalue more negative than this share of the largest, not even in a
/// covariance summed in f32 (2048·2⁻²⁴ ≈ 1.2e-4).
const NEGATIVE_SPECTRUM_LIMIT: f64 = 1e-3;

/// Steps of the iterations of [`extreme_eigenvalues`].
const ITERATIONS: usize = 4;

/// Bound on the entries left behind the last pivot, in units of the bound on pivots. Entries that
/// are only rounding stay below 1.
const PIVOTS_LEFT: f64 = 2.0;

/// A matrix `F`, `[dim, rank]`, with `F·Fᵀ = Σ`, and the sum of the sizes of the negative
/// eigenvalues left out of it.
pub(crate) struct Factor {
    pub(crate) matrix: Mat<f64>,
    pub(crate) clamped: f64,
}

/// The Cholesky factor of `sigma`, or `None` if `sigma` is singular to working precision. A pivot
/// below `dim·ε` of the largest is only the rounding of zero: its column of `L` would be noise of
/// size `√ε`.
pub(crate) fn cholesky(sigma: MatRef<'_, f64>) -> Option<LowerTiles> {
    let l = tiles::cholesky(LowerTiles::symmetric(sigma), get_global_parallelism())?;
    let pivots = || l.diagonal().map(|root| root * root);
    let smallest = pivots().fold(f64::INFINITY, f64::min);
    let largest = pivots().fold(0.0, f64::max);
    (smallest > l.n() as f64 * f64::EPSILON * largest).then_some(l)
}

/// Estimates of the smallest and the largest eigenvalue of `L·Lᵀ`, by a few steps of inverse and of
/// power iteration: right to a factor of about two, and never outside the spectrum.
pub(crate) fn extreme_eigenvalues(l: MatRef<'_, f64>) -> (f64, f64) {
    let iterate = |step: &dyn Fn(&mut Mat<f64>)| {
        // A start with a part in every direction.
        let mut x = Mat::from_fn(l.nrows(), 1, |i, _| 1.0 + 0.5 * (i as f64).sin());
        let mut growth = 0.0;
        for _ in 0..ITERATIONS {
            x *= faer::Scale(1.0 / x.norm_l2());
            step(&mut x);
            growth = x.norm_l2();
        }
        growth
    };
    let largest = iterate(&|x| *x = l * (l.transpose() * &*x));
    let inverse = iterate(&|x| {
        solve_lower_triangular_in_place(l, x.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(l.transpose(), x.as_mut(), Par::Seq);
    });
    (1.0 / inverse, largest)
}

/// A factor `F`, `[dim, rank]`, with `F·Fᵀ = sigma`, from the Cholesky decomposition with pivoting.
/// `None` if more than rounding is left behind the last pivot above `dim·ε` of the largest, as with
/// negative eigenvalues.
pub(crate) fn pivoted_factor(sigma: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let dim = sigma.nrows();
    let par = get_global_parallelism();
    let mut l = sigma.to_owned();
    let mut order = vec![0; dim];
    let mut inverse = vec![0; dim];
    let params = Default::default();
    let mut buffer = MemBuffer::new(cholesky_in_place_scratch::<usize, f64>(dim, par, params));
    let stack = MemStack::new(&mut buffer);
    let (info, _) =
        cholesky_in_place(l.as_mut(), &mut order, &mut inverse, par, stack, params).ok()?;
    let rank = info.rank;
    let mut l = l.subcols(0, rank).to_owned();
    (0..rank).for_each(|j| l.as_mut().col_mut(j).subrows_mut(0, j).fill(0.0));
    let rest = &order[rank..];
    let below = l.as_ref().subrows(rank, dim - rank);
    let mut left = Mat::from_fn(dim - rank, dim - rank, |i, j| sigma[(rest[i], rest[j])]);
    lower_product(left.as_mut(), Accum::Add, -1.0, below, below.transpose());
    let largest = sigma.diagonal().column_vector().norm_max();
    let limit = PIVOTS_LEFT * dim as f64 * f64::EPSILON * largest;
    if (0..dim - rank).any(|j| (j..dim - rank).any(|i| left[(i, j)].abs() > limit)) {
        return None;
    }
    let mut factor = Mat::zeros(dim, rank);
    for (i, &row) in order.iter().enumerate() {
        factor.as_mut().row_mut(row).copy_from(l.row(i));
    }
    Some(factor)
}

/// The factor `U·√λ` from the eigendecomposition, without the eigenvalues below `dim·ε·λmax`, which
/// are rounding. A larger cut would lose real spectrum of channels that are nearly constant.
///
/// # Errors
/// [`Error::NotPositive`], [`Error::NoConvergence`].
pub(crate) fn half_factor(sigma: MatRef<'_, f64>) -> Result<Factor, Error> {
    let dim = sigma.nrows();
    let eigen = sigma.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence {
        decomposition: "eigendecomposition",
        rows: dim,
        columns: dim,
    })?;
    let u = eigen.U();
    let values = eigen.S().column_vector();
    // faer sorts them in nondecreasing order.
    let smallest = values[0];
    let largest = values[dim - 1].max(0.0);
    if smallest < -NEGATIVE_SPECTRUM_LIMIT * largest || largest == 0.0 && smallest < 0.0 {
        return Err(Error::NotPositive { smallest, largest });
    }
    let cut = dim as f64 * f64::EPSILON * largest;
    let first = values.iter().position(|&value| value > cut).unwrap_or(dim);
    let matrix =
        Mat::from_fn(dim, dim - first, |i, j| u[(i, first + j)] * values[first + j].sqrt());
    Ok(Factor { matrix, clamped: values.iter().map(|value| (-value).max(0.0)).sum() })
}
