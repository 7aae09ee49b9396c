//! Seeded generators: uniform and normal numbers, feature sets, covariances with chosen spectra.

use faer::{Mat, MatRef};

use crate::FeatureStats;

/// A 64-bit linear congruential generator (Knuth's MMIX constants); the upper bits are used.
pub(crate) struct Lcg(pub(crate) u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.0
    }

    pub(super) fn byte(&mut self) -> u8 {
        (self.next() >> 56) as u8
    }

    /// In (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Standard normal (Box–Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Features similar to pool3: not negative, correlated, with channels of very different variance.
/// Row-major `[n, dim]`.
pub(crate) fn features(n: usize, dim: usize, seed: u64) -> Vec<f32> {
    // The same for all seeds, so that two sets have similar covariances.
    let mut mix = Lcg(1);
    let shared: Vec<[f64; 4]> = (0..dim).map(|_| std::array::from_fn(|_| mix.normal())).collect();
    let mut lcg = Lcg(seed);
    let mut out = Vec::with_capacity(n * dim);
    for _ in 0..n {
        let hidden: [f64; 4] = std::array::from_fn(|_| lcg.normal());
        for (channel, weights) in shared.iter().enumerate() {
            let common: f64 = weights.iter().zip(&hidden).map(|(w, h)| w * h).sum();
            let spread = 0.02 + 0.4 / (1.0 + channel as f64 % 97.0);
            out.push((spread * (1.0 + 0.3 * common + lcg.normal())).max(0.0) as f32);
        }
    }
    out
}

/// `Q·diag(spectrum)·Qᵀ` with an orthogonal `Q` that depends only on the dimension.
pub(super) fn covariance(spectrum: &[f64]) -> Vec<f64> {
    let d = spectrum.len();
    let mut lcg = Lcg(3);
    // `Q` is a product of two Householder reflections.
    let mut q = Mat::<f64>::identity(d, d);
    for _ in 0..2 {
        let v = Mat::from_fn(d, 1, |_, _| lcg.normal());
        let scale = 2.0 / v.squared_norm_l2();
        q = &q - (&q * &v) * v.transpose() * faer::Scale(scale);
    }
    let scaled = Mat::from_fn(d, d, |i, j| q[(i, j)] * spectrum[j]);
    row_major((scaled * q.transpose()).as_ref())
}

pub(super) fn row_major(matrix: MatRef<'_, f64>) -> Vec<f64> {
    (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| matrix[(i, j)])).collect()
}

/// The same statistics without their rows, as if read from a file.
pub(super) fn without_rows(stats: &FeatureStats) -> FeatureStats {
    let (mu, sigma) = (stats.mu().to_vec(), stats.sigma().to_vec());
    FeatureStats::from_mu_sigma(mu, sigma, stats.num_images()).unwrap()
}
