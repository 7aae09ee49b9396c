//! The Kernel Inception Distance (Bińkowski et al. 2018): the squared maximum mean discrepancy of
//! two sets of features under a polynomial kernel, by its unbiased estimator.
//!
//! For `m` real features x and `n` fake ones y it is
//! `Σ k(x,x')/m(m−1) + Σ k(y,y')/n(n−1) − 2·Σ k(x,y)/mn`, the first two sums over pairs of
//! different images. The estimator has no bias, so for sets of one distribution it scatters around
//! 0 and may be slightly negative. All arithmetic is f64; programs that multiply in f32 are off by
//! about 1e-6.

use serde::{Deserialize, Serialize};

use super::common::{both_counts, mean_and_square, require_at_least};
use super::kernel::PolynomialKernel;
use super::kernel_sums::{NamedRows, between, within};
use super::numpy_random::RandomState;
use crate::error::Error;
use crate::features::FeatureRows;

/// The subsets of [`kid`]. The default is torch-fidelity's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KidConfig {
    /// Number of subsets.
    pub subsets: usize,
    /// Images per side in a subset.
    pub subset_size: usize,
    /// Seed of [`RandomState`].
    pub seed: u32,
    /// The kernel.
    pub kernel: PolynomialKernel,
}

impl Default for KidConfig {
    /// 100 subsets of 1000, seed 2020.
    fn default() -> Self {
        Self { subsets: 100, subset_size: 1000, seed: 2020, kernel: PolynomialKernel::default() }
    }
}

/// KID over random subsets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kid {
    /// Mean of the subsets' estimates.
    pub mean: f64,
    /// Their standard deviation, with the number of subsets as divisor. It falls with the subset
    /// size, not with the number of images, so it is not a standard error of the mean.
    pub std: f64,
    /// The settings used.
    pub config: KidConfig,
}

/// KID as torch-fidelity 0.4.0 defines it: each subset draws `subset_size` fake and then as many
/// real features without repetition from one `RandomState(seed)`. (torch-fidelity draws from its
/// input 1 first; the generated images are input 1 by its convention.) Swapped sides therefore draw
/// different subsets and give another value within the scatter.
///
/// At 2 × 5000 features one pass over both kernel matrices serves all subsets; for large sets each
/// subset has its own product. Memory: about 50 MiB at 2048 dimensions for any number of features.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Setting`]; [`Error::NotEnoughImages`] if a side has fewer than
/// `subset_size`; [`Error::NotFinite`] with the row; [`Error::TooManyImages`]; [`Error::Overflow`].
pub fn kid(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &KidConfig,
) -> Result<Kid, Error> {
    let KidConfig { subsets, subset_size, seed, ref kernel } = *config;
    require_at_least("number of KID subsets", subsets, 1)?;
    require_at_least("KID subset size", subset_size, 2)?;
    let (n_real, n_fake) = both_counts("a KID subset", real, fake, subset_size)?;
    let mut rng = RandomState::new(seed);
    let mut draw = || {
        let of_fake = rng.choice(n_fake, subset_size);
        (rng.choice(n_real, subset_size), of_fake)
    };
    // Multiplications of one pass over all kernel matrices, and of one product per subset.
    let all = (f64::from(n_real) + f64::from(n_fake)).powi(2);
    let membership = 1.0 + subsets as f64 / real.dim() as f64;
    let each = 4.0 * subsets as f64 * (subset_size as f64).powi(2);
    let real = NamedRows::real(real);
    let fake = NamedRows::fake(fake);
    let values = if all * membership < each {
        let (of_real, of_fake): (Vec<_>, Vec<_>) = (0..subsets).map(|_| draw()).unzip();
        estimates(real, fake, kernel, &of_real, &of_fake)?
    } else {
        let mut values = Vec::new();
        for _ in 0..subsets {
            let (of_real, of_fake) = draw();
            values.extend(estimates(real, fake, kernel, &[of_real], &[of_fake])?);
        }
        values
    };
    let (mean, square) = mean_and_square(&values);
    Ok(Kid { mean, std: (square / subsets as f64).sqrt(), config: config.clone() })
}

/// The unbiased estimate of the squared MMD from all features of both sets, without random draws.
/// The cost grows with the square of their number: 2 × 50,000 features take as long as 2500 subsets
/// of 1000. Needs as much memory as [`kid`].
///
/// # Errors
/// Those of [`kid`].
pub fn mmd2_unbiased(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    kernel: &PolynomialKernel,
) -> Result<f64, Error> {
    let (n_real, n_fake) = both_counts("KID", real, fake, 2)?;
    let of_real = (0..n_real).collect();
    let of_fake = (0..n_fake).collect();
    let real = NamedRows::real(real);
    let fake = NamedRows::fake(fake);
    Ok(estimates(real, fake, kernel, &[of_real], &[of_fake])?[0])
}

/// The estimate of each pair of subsets.
pub(super) fn estimates(
    real: NamedRows<'_>,
    fake: NamedRows<'_>,
    kernel: &PolynomialKernel,
    of_real: &[Vec<u32>],
    of_fake: &[Vec<u32>],
) -> Result<Vec<f64>, Error> {
    let real_pairs = within(real, kernel, of_real)?;
    let fake_pairs = within(fake, kernel, of_fake)?;
    let mixed_pairs = between(real, fake, kernel, of_real, of_fake)?;
    let sums = real_pairs.iter().zip(&fake_pairs).zip(&mixed_pairs);
    let sizes = of_real.iter().zip(of_fake).map(|(r, f)| (r.len() as f64, f.len() as f64));
    let values: Vec<_> = sums
        .zip(sizes)
        .map(|(((rr, ff), rf), (m, n))| {
            rr / (m * (m - 1.0)) + ff / (n * (n - 1.0)) - 2.0 * rf / (m * n)
        })
        .collect();
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Error::Overflow { what: "KID" })
    }
}
