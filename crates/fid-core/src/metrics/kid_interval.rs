//! The confidence interval of KID over whole sets.

use super::common::require_same_dim;
use super::interval::{Interval, IntervalConfig, IntervalMethod};
use super::kernel::PolynomialKernel;
use super::kernel_sums::{NamedRows, RowTile, TILE, kernel_values};
use crate::error::Error;
use crate::features::FeatureRows;

/// Fewest images per side: the value without one image still needs a pair.
const FEWEST: usize = 3;

/// KID of whole sets with its confidence interval: the unbiased estimate of MMD² with the kernel
/// `(x·y/d + 1)³` (Bińkowski et al. 2018) over all pairs, and the jackknife over single images.
///
/// `KID = Σ k(x,x')/(n(n−1)) + Σ k(y,y')/(m(m−1)) − 2 Σ k(x,y)/(nm)`, the first two without the
/// diagonal. May be negative. Programs that average over subsets estimate the same value, but its
/// scatter over subsets of one sample is not a standard error.
///
/// Computes (n² + m²)/2 + nm products of d values in f64, in memory O(tile·d + n + m).
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::TooFewForInterval`] below 3 images; [`Error::Level`];
/// [`Error::NotFinite`]; [`Error::TooManyImages`]; [`Error::Overflow`].
pub fn kid_interval(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &IntervalConfig,
) -> Result<Interval, Error> {
    require_same_dim(real, fake)?;
    let fewest = real.num_rows().min(fake.num_rows());
    if fewest < FEWEST {
        return Err(Error::TooFewForInterval { num_images: fewest, least: FEWEST });
    }
    let real = NamedRows::real(real);
    let fake = NamedRows::fake(fake);
    let own_real = own_sums(real)?;
    let own_fake = own_sums(fake)?;
    let (cross_real, cross_fake) = cross_sums(real, fake)?;
    let cross: f64 = cross_real.iter().sum();
    let mean_real = mean_pair(&own_real);
    let mean_fake = mean_pair(&own_fake);
    let pairs = own_real.len() as f64 * own_fake.len() as f64;
    let value = mean_real + mean_fake - 2.0 * cross / pairs;
    let variance = jackknife(&own_real, &cross_real, own_fake.len())
        + jackknife(&own_fake, &cross_fake, own_real.len());
    Interval::new(value, variance, config, IntervalMethod::Jackknife)
}

fn mean_pair(sums: &[f64]) -> f64 {
    let n = sums.len() as f64;
    sums.iter().sum::<f64>() / (n * (n - 1.0))
}

/// The jackknife variance of the value over one set. `own` and `cross` are the sums of the kernel
/// of each of its images with the rest of its set, and with the `others` images of the other set.
fn jackknife(own: &[f64], cross: &[f64], others: usize) -> f64 {
    let n = own.len() as f64;
    let m = others as f64;
    let (total, total_cross): (f64, f64) = (own.iter().sum(), cross.iter().sum());
    let without = |(own, cross): (&f64, &f64)| {
        (total - 2.0 * own) / ((n - 1.0) * (n - 2.0))
            - 2.0 * (total_cross - cross) / ((n - 1.0) * m)
    };
    let values: Vec<f64> = own.iter().zip(cross).map(without).collect();
    let mean = values.iter().sum::<f64>() / n;
    (n - 1.0) / n * values.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
}

/// The sum of the kernel of each row with all others of its set.
fn own_sums(set: NamedRows<'_>) -> Result<Vec<f64>, Error> {
    let rows = set.all()?;
    let mut sums = vec![0.0; rows.len()];
    // Every pair once: skip pairs below the diagonal, whole tiles and parts of the diagonal ones.
    for_each_kernel(
        (set, &rows),
        (set, &rows),
        |a, b| a <= b,
        |a, b, value| {
            if a < b {
                sums[a] += value;
                sums[b] += value;
            }
        },
    )?;
    Ok(sums)
}

/// The sum of the kernel of each row with all rows of the other set, for both sets.
fn cross_sums(x: NamedRows<'_>, y: NamedRows<'_>) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let rows_x = x.all()?;
    let rows_y = y.all()?;
    let mut sums_x = vec![0.0; rows_x.len()];
    let mut sums_y = vec![0.0; rows_y.len()];
    for_each_kernel(
        (x, &rows_x),
        (y, &rows_y),
        |_, _| true,
        |a, b, value| {
            sums_x[a] += value;
            sums_y[b] += value;
        },
    )?;
    Ok((sums_x, sums_y))
}

/// Calls `visit` with both row numbers and the kernel value of every pair of rows in the pairs of
/// tiles that `wanted` accepts by their numbers.
fn for_each_kernel(
    (x, rows_x): (NamedRows<'_>, &[u32]),
    (y, rows_y): (NamedRows<'_>, &[u32]),
    wanted: impl Fn(usize, usize) -> bool,
    mut visit: impl FnMut(usize, usize, f64),
) -> Result<(), Error> {
    let kernel = PolynomialKernel::default();
    let mut values = Vec::new();
    let mut left = RowTile::default();
    let mut right = RowTile::default();
    for (i, tile_x) in rows_x.chunks(TILE).enumerate() {
        left.read(x, tile_x)?;
        for (j, tile_y) in rows_y.chunks(TILE).enumerate().filter(|&(j, _)| wanted(i, j)) {
            right.read(y, tile_y)?;
            kernel_values(&mut values, &kernel, &left, &right);
            for (b, column) in values.chunks_exact(tile_x.len()).enumerate() {
                for (a, &value) in column.iter().enumerate() {
                    visit(i * TILE + a, j * TILE + b, value);
                }
            }
        }
    }
    Ok(())
}
