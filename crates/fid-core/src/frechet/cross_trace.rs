//! `tr √(ΣaΣb)`, the expensive term.
//!
//! With any factors `Σa = FaFaᵀ` and `Σb = FbFbᵀ` it is the sum of the singular values of `FaᵀFb`,
//! which are also the square roots of the eigenvalues of `FaᵀΣbFa`. The first form keeps full
//! precision; the second takes half the time but squares, so rounding hides eigenvalues below `ε`
//! of the largest.

use std::fmt;

use faer::{Mat, MatRef};

use crate::error::Error;
use crate::linalg::{
    Factor, cholesky, extreme_eigenvalues, half_factor, nuclear_norm, pivoted_factor, root_trace,
};
use crate::stats::FeatureStats;

/// Estimated error allowed to the squared form, relative to `tr Σa + tr Σb`.
const SQUARED_FORM_ERROR: f64 = 1e-10;

/// How `tr √(ΣaΣb)` was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossTraceMethod {
    /// Singular values of the matrix of products between the centred features of both sets,
    /// `[N,M]`. For two small sets; exact although their covariances are singular.
    CrossGram,
    /// Singular values of a factor of one covariance times the centred features of the other set,
    /// which is small.
    FactorTimesRows,
    /// The sum of the square roots of the eigenvalues of `LᵀΣL` with a Cholesky factor `L`. For two
    /// regular covariances.
    CholeskyEigenvalues,
    /// Singular values of the product of two factors. For covariances without features, at least
    /// one of them singular or nearly so.
    FactorSingularValues,
}

impl fmt::Display for CrossTraceMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CrossGram => "cross-gram",
            Self::FactorTimesRows => "factor-times-rows",
            Self::CholeskyEigenvalues => "cholesky-eigenvalues",
            Self::FactorSingularValues => "factor-singular-values",
        })
    }
}

pub(crate) struct CrossTrace {
    pub(crate) value: f64,
    pub(crate) method: CrossTraceMethod,
    pub(crate) clamped: f64,
}

pub(crate) fn cross_trace(a: &FeatureStats, b: &FeatureStats) -> Result<CrossTrace, Error> {
    match (a.row_factor(), b.row_factor()) {
        (Some(a), Some(b)) => {
            let value = nuclear_norm(a.as_ref(), b.as_ref())?;
            Ok(CrossTrace { value, method: CrossTraceMethod::CrossGram, clamped: 0.0 })
        }
        (Some(rows), None) => factor_times_rows(b, rows.as_ref()),
        (None, Some(rows)) => factor_times_rows(a, rows.as_ref()),
        (None, None) => from_sigmas(a, b),
    }
}

fn factor_times_rows(full: &FeatureStats, rows: MatRef<'_, f64>) -> Result<CrossTrace, Error> {
    let Factor { matrix, clamped } = factor(full)?;
    let value = nuclear_norm(matrix.as_ref(), rows)?;
    Ok(CrossTrace { value, method: CrossTraceMethod::FactorTimesRows, clamped })
}

fn from_sigmas(a: &FeatureStats, b: &FeatureStats) -> Result<CrossTrace, Error> {
    let allowed = SQUARED_FORM_ERROR * (a.trace() + b.trace());
    let factor_a = match cholesky(sigma_of(a)) {
        Some(l) => {
            let matrix = l.to_dense();
            if !few_images(b)
                && !hopeless(matrix.as_ref(), allowed)
                && let Some(value) = root_trace(&l, sigma_of(b), allowed)?
            {
                let method = CrossTraceMethod::CholeskyEigenvalues;
                return Ok(CrossTrace { value, method, clamped: 0.0 });
            }
            Factor { matrix, clamped: 0.0 }
        }
        None => singular_factor(a)?,
    };
    let factor_b = factor(b)?;
    let value = nuclear_norm(factor_a.matrix.as_ref(), factor_b.matrix.as_ref())?;
    let clamped = factor_a.clamped + factor_b.clamped;
    Ok(CrossTrace { value, method: CrossTraceMethod::FactorSingularValues, clamped })
}

/// Whether a covariance is known to be singular.
fn few_images(stats: &FeatureStats) -> bool {
    stats.num_images().is_some_and(|n| n <= stats.dim() as u64)
}

/// Whether the squared form would be too inaccurate if the other covariance is similar to `L·Lᵀ`. A
/// wrong answer costs time, not accuracy.
fn hopeless(l: MatRef<'_, f64>, allowed: f64) -> bool {
    let (smallest, largest) = extreme_eigenvalues(l);
    f64::EPSILON * largest * largest > allowed * 2.0 * smallest
}

/// `F`, `[dim, columns]`, with `F·Fᵀ = Σ`, from the features if they were kept, else from the
/// covariance.
pub(crate) fn covariance_factor(stats: &FeatureStats) -> Result<Mat<f64>, Error> {
    match stats.row_factor() {
        Some(rows) => Ok(rows),
        None => Ok(factor(stats)?.matrix),
    }
}

fn factor(stats: &FeatureStats) -> Result<Factor, Error> {
    match cholesky(sigma_of(stats)) {
        Some(l) => Ok(Factor { matrix: l.to_dense(), clamped: 0.0 }),
        None => singular_factor(stats),
    }
}

/// Factor of a covariance without a Cholesky factor: with pivoting, or, if negative eigenvalues
/// show, from the eigendecomposition, which tells whether they are rounding.
fn singular_factor(stats: &FeatureStats) -> Result<Factor, Error> {
    match pivoted_factor(sigma_of(stats)) {
        Some(matrix) => Ok(Factor { matrix, clamped: 0.0 }),
        None => half_factor(sigma_of(stats)),
    }
}

fn sigma_of(stats: &FeatureStats) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(stats.sigma(), stats.dim(), stats.dim())
}
