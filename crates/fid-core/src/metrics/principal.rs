//! The first two principal components of two sets of features: not a metric, but the usual map of
//! how the sets overlap.

use faer::{Mat, MatRef, Side};

use crate::error::Error;
use crate::features::FeatureRows;
use crate::linalg::require_finite;
use crate::stats::FeatureStats;

/// Vectors of the subspace iteration. The error of the first two falls by the ratio of the next
/// eigenvalue after these to theirs.
const BLOCK: usize = 16;

/// The iteration ends when `|Σv − λv|` is below this share of the first eigenvalue, enough for a
/// map.
const RESIDUAL: f64 = 1e-7;

/// Largest number of steps. If they do not suffice, the variances along the first and the next
/// vectors are nearly equal, and the current plane is as good.
const MOST_STEPS: usize = 400;

/// The first two principal components of two pooled sets.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalPlane {
    /// The mean of all images: `[d]`.
    pub mean: Vec<f64>,
    /// Unit vectors `[d]`, that of largest variance first; the element of largest size is positive.
    /// Zeros if no variance is left.
    pub components: [Vec<f64>; 2],
    /// The variance along each, with the divisor N − 1.
    pub variance: [f64; 2],
    /// The variance in all directions, the trace of the pooled covariance.
    pub total: f64,
}

/// The plane of two sets, in which all images have the same weight; if a side does not know its
/// number of images, both sides have the same weight.
///
/// Uses subspace iteration on the pooled covariance `[d, d]`.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Overflow`]; [`Error::NoConvergence`].
pub fn principal_plane(a: &FeatureStats, b: &FeatureStats) -> Result<PrincipalPlane, Error> {
    let dim = a.dim();
    if dim != b.dim() {
        return Err(Error::DimMismatch { a: dim, b: b.dim() });
    }
    let (mean, pooled) = pooled(a, b);
    require_finite(pooled.as_ref())?;
    let total: f64 = pooled.diagonal().column_vector().iter().sum();
    let mut plane = PrincipalPlane {
        mean,
        components: [vec![0.0; dim], vec![0.0; dim]],
        variance: [0.0; 2],
        total: total.max(0.0),
    };
    if total <= 0.0 {
        return Ok(plane);
    }
    let (values, vectors) = leading(pooled.as_ref())?;
    let rounding = dim as f64 * f64::EPSILON * values[0];
    for (index, &value) in values.iter().take(2).enumerate().filter(|(_, value)| **value > rounding)
    {
        let vector = vectors.col(index);
        let largest =
            vector.iter().fold(0.0f64, |most, &x| if x.abs() > most.abs() { x } else { most });
        plane.variance[index] = value;
        plane.components[index] = vector.iter().map(|x| x * largest.signum()).collect();
    }
    Ok(plane)
}

impl PrincipalPlane {
    /// Coordinates of a vector `[d]` in the plane, relative to the mean.
    ///
    /// # Panics
    /// If the vector has another length.
    pub fn project(&self, features: &[f64]) -> [f64; 2] {
        assert_eq!(features.len(), self.mean.len());
        let centred = || features.iter().zip(&self.mean).map(|(x, mean)| x - mean);
        [0, 1].map(|axis| centred().zip(&self.components[axis]).map(|(x, v)| x * v).sum())
    }

    /// Coordinates of the `chosen` rows.
    ///
    /// # Panics
    /// If a row does not exist or has another length.
    pub fn project_rows(&self, rows: &dyn FeatureRows, chosen: &[usize]) -> Vec<[f64; 2]> {
        let mut row = vec![0.0; rows.dim()];
        let mut at = |&index: &usize| {
            rows.read_row(index, &mut row);
            self.project(&row)
        };
        chosen.iter().map(&mut at).collect()
    }

    /// Share of the total variance along each axis, from 0 to 1.
    pub fn shares(&self) -> [f64; 2] {
        self.variance.map(|variance| if self.total > 0.0 { variance / self.total } else { 0.0 })
    }
}

/// Mean and covariance of both sets together.
fn pooled(a: &FeatureStats, b: &FeatureStats) -> (Vec<f64>, Mat<f64>) {
    // Weights of the two covariances, of the gap between the means, and of the second mean.
    let (of_a, of_b, between, share) = match a.num_images().zip(b.num_images()) {
        Some((a, b)) => {
            let a = a as f64;
            let b = b as f64;
            let n = a + b;
            ((a - 1.0) / (n - 1.0), (b - 1.0) / (n - 1.0), a * b / (n * (n - 1.0)), b / n)
        }
        None => (0.5, 0.5, 0.25, 0.5),
    };
    let gap: Vec<f64> = b.mu().iter().zip(a.mu()).map(|(b, a)| b - a).collect();
    let mean = a.mu().iter().zip(&gap).map(|(mean, gap)| mean + share * gap).collect();
    let dim = a.dim();
    let sigma_a = a.sigma();
    let sigma_b = b.sigma();
    let pooled = Mat::from_fn(dim, dim, |i, j| {
        let at = j * dim + i;
        of_a * sigma_a[at] + of_b * sigma_b[at] + between * gap[i] * gap[j]
    });
    (mean, pooled)
}

/// The largest eigenvalues of a symmetric matrix, largest first, and their vectors.
fn leading(matrix: MatRef<'_, f64>) -> Result<(Vec<f64>, Mat<f64>), Error> {
    let dim = matrix.nrows();
    let width = BLOCK.min(dim);
    // A start with a part in every direction.
    let mut vectors = Mat::from_fn(dim, width, |i, j| ((i * (2 * j + 1) + j) as f64).cos());
    let mut steps = 0;
    loop {
        let basis = vectors.qr().compute_thin_Q();
        let moved = matrix * &basis;
        let small = basis.transpose() * &moved;
        let eigen = small.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence {
            decomposition: "eigendecomposition",
            rows: width,
            columns: width,
        })?;
        // faer sorts them in nondecreasing order.
        let values: Vec<f64> = eigen.S().column_vector().iter().rev().copied().collect();
        let turn = Mat::from_fn(width, width, |i, j| eigen.U()[(i, width - 1 - j)]);
        let basis = &basis * &turn;
        let moved = &moved * &turn;
        let residual = |j: usize| (moved.col(j) - values[j] * basis.col(j)).norm_l2();
        let converged = (0..width.min(2)).all(|j| residual(j) <= RESIDUAL * values[0]);
        steps += 1;
        if converged || steps >= MOST_STEPS {
            return Ok((values, basis));
        }
        vectors = moved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(rows: &[f32], dim: usize) -> FeatureStats {
        FeatureStats::from_features(rows, dim).unwrap()
    }

    #[test]
    fn first_component_is_the_direction_of_largest_variance() {
        // Along (3, 4) mostly; pooled mean (0, 0).
        let (a, b) = (stats(&[3., 4., -3., -4.], 2), stats(&[-0.5, 0.375, 0.5, -0.375], 2));
        let plane = principal_plane(&a, &b).unwrap();
        assert!((plane.components[0][0] - 0.6).abs() < 1e-7, "{plane:?}");
        assert!((plane.components[0][1] - 0.8).abs() < 1e-7, "{plane:?}");
        // 2·25 and 2·0.390625 over N − 1 = 3.
        assert!((plane.variance[0] - 50.0 / 3.0).abs() < 1e-9, "{plane:?}");
        assert!((plane.variance[1] - 0.78125 / 3.0).abs() < 1e-9, "{plane:?}");
        assert!((plane.shares().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let at = plane.project(&[3.0, 4.0]);
        assert!((at[0] - 5.0).abs() < 1e-6 && at[1].abs() < 1e-6, "{at:?}");
    }

    #[test]
    fn distant_sets_are_separated_on_the_first_axis() {
        let (a, b) = (stats(&[0., 0., 1., 0., 0., 1.], 2), stats(&[9., 9., 10., 9., 9., 10.], 2));
        let plane = principal_plane(&a, &b).unwrap();
        let place = |x: f64| plane.project(&[x, x])[0];
        assert!((place(9.5) - place(0.5)).abs() > 12.0);
        assert!(plane.shares()[0] > 0.9);
    }

    #[test]
    fn sets_without_variance_give_zeros() {
        let same = stats(&[1., 2., 1., 2.], 2);
        let plane = principal_plane(&same, &same).unwrap();
        assert_eq!((plane.variance, plane.shares()), ([0.0; 2], [0.0; 2]));
        assert_eq!(plane.project(&[7.0, 7.0]), [0.0; 2]);
        // One dimension: no variance is left for the second axis.
        let line = principal_plane(&stats(&[1., 2.], 1), &stats(&[3., 4.], 1)).unwrap();
        assert!(line.variance[0] > 0.0 && line.variance[1] == 0.0);
    }
}
