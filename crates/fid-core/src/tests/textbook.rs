//! The formula of the papers, computed in another way than the crate does: `tr √(√Σa·Σb·√Σa)` with
//! full symmetric roots, and two-pass moments.

use faer::{Mat, MatRef, Side};

use crate::FeatureStats;

pub(super) fn distance(a: &FeatureStats, b: &FeatureStats) -> f64 {
    let d = a.dim();
    let root = symmetric_root(MatRef::from_row_major_slice(a.sigma(), d, d));
    let inner = &root * MatRef::from_row_major_slice(b.sigma(), d, d) * &root;
    let cross = symmetric_root(inner.as_ref());
    let trace = |sigma: &[f64]| sigma.iter().step_by(d + 1).sum::<f64>();
    let means: f64 = a.mu().iter().zip(b.mu()).map(|(a, b)| (a - b) * (a - b)).sum();
    let cross: f64 = (0..d).map(|i| cross[(i, i)]).sum();
    means + trace(a.sigma()) + trace(b.sigma()) - 2.0 * cross
}

fn symmetric_root(matrix: MatRef<'_, f64>) -> Mat<f64> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).unwrap();
    let (u, s) = (eigen.U(), eigen.S().column_vector());
    let scaled = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] * s[j].max(0.0).sqrt());
    scaled * u.transpose()
}

/// Mean, and covariance with the divisor N − 1, by two passes and plain loops.
pub(super) fn moments(rows: &[f32], dim: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (rows.len() / dim) as f64;
    let rows = || rows.chunks_exact(dim);
    let mu: Vec<f64> =
        (0..dim).map(|j| rows().map(|row| f64::from(row[j])).sum::<f64>() / n).collect();
    let mut sigma = vec![0.0; dim * dim];
    for row in rows() {
        for i in 0..dim {
            let left = f64::from(row[i]) - mu[i];
            for j in 0..dim {
                sigma[i * dim + j] += left * (f64::from(row[j]) - mu[j]) / (n - 1.0);
            }
        }
    }
    (mu, sigma)
}
