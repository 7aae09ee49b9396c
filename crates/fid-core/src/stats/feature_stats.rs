//! Mean and covariance of a set of features, as the field's `.npz` files store them.

use std::sync::OnceLock;

use faer::{Mat, MatMut, MatRef};

use crate::error::Error;
use crate::features::{FeatureRows, read_finite, require_finite};
use crate::linalg::{add_outer_lower, centered, eigenvalues, mirror_lower};

/// Sets of up to this many images, and of no more images than dimensions, keep their features:
/// their covariance is singular, and the distance is exact only from the features themselves.
pub const MAX_RETAINED_ROWS: usize = 2048;

/// How much the two halves of a given covariance may differ, relative to the largest variance.
const ASYMMETRY_LIMIT: f64 = 1e-5;

/// Mean and unbiased covariance of the features of a set of images.
#[derive(Debug, Clone)]
pub struct FeatureStats {
    mu: Vec<f64>,
    trace: f64,
    num_images: Option<u64>,
    spread: Spread,
}

/// The covariance, or the data it follows from.
#[derive(Debug, Clone)]
enum Spread {
    /// The features, `[n, dim]`; `sigma` is computed on first use.
    Rows {
        rows: Vec<f32>,
        sigma: OnceLock<Vec<f64>>,
    },
    /// As [`Spread::Rows`], for features in f64: `F` with `F·Fᵀ = Σ`, `[dim, n]`.
    Factor {
        factor: Mat<f64>,
        sigma: OnceLock<Vec<f64>>,
    },
    Sigma(Vec<f64>),
}

/// Rows read at a time.
const TILE: usize = 256;

impl FeatureStats {
    /// Statistics of features in f64, wherever they are stored. If there are no more of them than
    /// dimensions, the statistics keep them, so that the distance is exact.
    ///
    /// # Errors
    /// [`Error::TooFewImages`] below two images; [`Error::NotFinite`]; [`Error::Overflow`].
    pub fn of_rows(rows: &dyn FeatureRows) -> Result<Self, Error> {
        let n = rows.num_rows();
        let dim = rows.dim();
        if n < 2 {
            return Err(Error::TooFewImages { num_images: n as u64 });
        }
        let mut row = vec![0.0; dim];
        let mut mu = vec![0.0; dim];
        for index in 0..n {
            read_finite(rows, "features", index, &mut row)?;
            mu.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x / n as f64);
        }
        let scale = 1.0 / ((n - 1) as f64).sqrt();
        let centred = |first: usize, out: MatMut<'_, f64>| {
            for (index, column) in out.col_iter_mut().enumerate() {
                let Some(column) = column.try_as_col_major_mut() else { continue };
                let column = column.as_slice_mut();
                rows.read_row(first + index, column);
                column.iter_mut().zip(&mu).for_each(|(x, mean)| *x = (*x - mean) * scale);
            }
        };
        let count = Some(n as u64);
        if n <= dim {
            let mut factor = Mat::zeros(dim, n);
            centred(0, factor.as_mut());
            let trace = factor.squared_norm_l2();
            let spread = Spread::Factor { factor, sigma: OnceLock::new() };
            return finite(Self { mu, trace, num_images: count, spread });
        }
        let mut sigma = vec![0.0; dim * dim];
        for first in (0..n).step_by(TILE) {
            let mut tile = Mat::zeros(dim, TILE.min(n - first));
            centred(first, tile.as_mut());
            add_outer_lower(&mut sigma, tile.as_ref());
        }
        mirror_lower(&mut sigma, dim);
        finite(Self::from_parts(mu, sigma, count))
    }

    /// Statistics from a mean `mu`, `[d]`, and a covariance `sigma`, `[d,d]`, with the divisor
    /// `N − 1`. Most files of other programs do not contain `num_images`.
    ///
    /// If the two halves of `sigma` differ by rounding, their mean is used.
    ///
    /// # Errors
    /// [`Error::ZeroDim`], [`Error::Length`], [`Error::NotFinite`], [`Error::NotSymmetric`],
    /// [`Error::NotPositive`] for a negative variance, [`Error::TooFewImages`].
    pub fn from_mu_sigma(
        mu: Vec<f64>,
        mut sigma: Vec<f64>,
        num_images: Option<u64>,
    ) -> Result<Self, Error> {
        let dim = mu.len();
        if dim == 0 {
            return Err(Error::ZeroDim);
        }
        if dim.checked_mul(dim) != Some(sigma.len()) {
            let expected = dim.saturating_mul(dim);
            return Err(Error::Length { what: "sigma", expected, got: sigma.len() });
        }
        if let Some(num_images @ 0..2) = num_images {
            return Err(Error::TooFewImages { num_images });
        }
        require_finite("mu", &mu, dim, 0)?;
        require_finite("sigma", &sigma, dim, 0)?;
        symmetrize(&mut sigma, dim)?;
        Ok(Self::from_parts(mu, sigma, num_images))
    }

    /// From a mean and a covariance that the caller knows to be finite and symmetric.
    pub(crate) fn from_parts(mu: Vec<f64>, sigma: Vec<f64>, num_images: Option<u64>) -> Self {
        let trace = sigma.iter().step_by(mu.len() + 1).sum();
        Self { mu, trace, num_images, spread: Spread::Sigma(sigma) }
    }

    /// From at least two finite rows.
    pub(crate) fn from_rows(rows: Vec<f32>, mu: Vec<f64>) -> Self {
        let dim = mu.len();
        let n = rows.len() / dim;
        let squares = rows
            .chunks_exact(dim)
            .map(|row| row.iter().zip(&mu).map(|(&x, m)| (f64::from(x) - m).powi(2)).sum::<f64>());
        let trace = squares.sum::<f64>() / (n - 1) as f64;
        let spread = Spread::Rows { rows, sigma: OnceLock::new() };
        Self { mu, trace, num_images: Some(n as u64), spread }
    }

    /// Number of values in a feature vector.
    pub fn dim(&self) -> usize {
        self.mu.len()
    }

    /// The mean: `[d]`.
    pub fn mu(&self) -> &[f64] {
        &self.mu
    }

    /// The covariance with the divisor N − 1: `[d,d]`, exactly symmetric, so row-major and
    /// column-major are the same. If the features were kept, the first call computes it (32 MiB for
    /// d = 2048). The distance does not need it.
    pub fn sigma(&self) -> &[f64] {
        match &self.spread {
            Spread::Sigma(sigma) => sigma,
            Spread::Rows { rows, sigma } => sigma.get_or_init(|| self.sigma_of(rows)),
            Spread::Factor { factor, sigma } => sigma.get_or_init(|| {
                let mut sigma = vec![0.0; self.dim() * self.dim()];
                add_outer_lower(&mut sigma, factor.as_ref());
                mirror_lower(&mut sigma, self.dim());
                sigma
            }),
        }
    }

    /// The trace of the covariance.
    pub fn trace(&self) -> f64 {
        self.trace
    }

    /// Number of images; `None` for statistics from a file that does not contain it.
    pub fn num_images(&self) -> Option<u64> {
        self.num_images
    }

    /// The features, row-major `[n, d]`, if they were given in f32 and the set is small enough to
    /// keep them: `n ≤ min(d, MAX_RETAINED_ROWS)`.
    pub fn rows(&self) -> Option<&[f32]> {
        match &self.spread {
            Spread::Rows { rows, .. } => Some(rows),
            Spread::Factor { .. } | Spread::Sigma(_) => None,
        }
    }

    /// The eigenvalues of the covariance, largest first: `d` of them, or, if `n` features were
    /// kept, the `n` that may differ from 0. Takes about 1 s for d = 2048 on two cores. The
    /// distance does not need them.
    ///
    /// # Errors
    /// [`Error::NoConvergence`], [`Error::Overflow`].
    pub fn eigenvalues(&self) -> Result<Vec<f64>, Error> {
        // FᵀF has the nonzero eigenvalues of F·Fᵀ.
        let mut values = match self.row_factor() {
            Some(factor) => eigenvalues((factor.transpose() * &factor).as_ref())?,
            None => {
                let sigma = MatRef::from_column_major_slice(self.sigma(), self.dim(), self.dim());
                eigenvalues(sigma)?
            }
        };
        values.reverse();
        Ok(values)
    }

    /// `F`, `[d, n]`, with `F·Fᵀ = Σ`, from the features if they were kept.
    pub(crate) fn row_factor(&self) -> Option<Mat<f64>> {
        match &self.spread {
            Spread::Rows { rows, .. } => {
                let n = rows.len() / self.dim();
                Some(centered(rows, &self.mu, 1.0 / ((n - 1) as f64).sqrt()))
            }
            Spread::Factor { factor, .. } => Some(factor.clone()),
            Spread::Sigma(_) => None,
        }
    }

    fn sigma_of(&self, rows: &[f32]) -> Vec<f64> {
        let dim = self.dim();
        let n = rows.len() / dim;
        let mut sigma = vec![0.0; dim * dim];
        add_outer_lower(&mut sigma, centered(rows, &self.mu, 1.0).as_ref());
        sigma.iter_mut().for_each(|value| *value /= (n - 1) as f64);
        mirror_lower(&mut sigma, dim);
        sigma
    }
}

/// Refuses statistics whose trace overflowed, as features beyond 1e154 cause.
fn finite(stats: FeatureStats) -> Result<FeatureStats, Error> {
    if stats.trace.is_finite() { Ok(stats) } else { Err(Error::Overflow { what: "covariance" }) }
}

/// Replaces both halves of `sigma` by their mean.
fn symmetrize(sigma: &mut [f64], dim: usize) -> Result<(), Error> {
    let variances = || sigma.iter().step_by(dim + 1).copied();
    let largest = variances().fold(0.0, f64::max);
    let smallest = variances().fold(f64::INFINITY, f64::min);
    if smallest < -ASYMMETRY_LIMIT * largest || largest == 0.0 && smallest < 0.0 {
        return Err(Error::NotPositive { smallest, largest });
    }
    for row in 0..dim {
        for column in 0..row {
            let lower = sigma[row * dim + column];
            let upper = sigma[column * dim + row];
            if (lower - upper).abs() > ASYMMETRY_LIMIT * largest {
                return Err(Error::NotSymmetric { row, column, lower, upper });
            }
            let mean = 0.5 * lower + 0.5 * upper;
            sigma[row * dim + column] = mean;
            sigma[column * dim + row] = mean;
        }
    }
    Ok(())
}
