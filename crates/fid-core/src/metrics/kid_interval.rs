//! The confidence interval of KID over whole sets.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, get_global_parallelism};

use super::interval::{Interval, IntervalConfig, IntervalMethod};
use super::read_finite;
use crate::{Error, FeatureRows};

/// Rows of a tile.
const TILE: usize = 512;

/// The value without one image still needs pairs.
const FEWEST: usize = 3;

/// KID of whole sets, not of subsets: the unbiased estimate of MMD² with the kernel `(x·y/d + 1)³`
/// (Bińkowski et al. 2018) over all pairs, with its interval from the values without each image.
///
/// `KID = Σ k(x,x')/(n(n−1)) + Σ k(y,y')/(m(m−1)) − 2 Σ k(x,y)/(nm)`, the first two without the diagonal.
/// May be below 0. Programs that average over subsets estimate the same; how their values scatter over
/// subsets of one sample is no standard error.
///
/// (n² + m²)/2 + nm products of d values in f64; memory O(tile·d + n + m).
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::TooFewForInterval`] below 3 images; [`Error::Level`];
/// [`Error::NotFinite`]; [`Error::Overflow`].
pub fn kid_interval(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &IntervalConfig,
) -> Result<Interval, Error> {
    if real.dim() != fake.dim() {
        return Err(Error::DimMismatch { a: real.dim(), b: fake.dim() });
    }
    let fewest = real.num_rows().min(fake.num_rows());
    if fewest < FEWEST {
        return Err(Error::TooFewForInterval { num_images: fewest, least: FEWEST });
    }
    require_rows("real features", real)?;
    require_rows("fake features", fake)?;
    let (own_real, own_fake) = (own_sums(real), own_sums(fake));
    let (cross_real, cross_fake) = cross_sums(real, fake);
    let cross: f64 = cross_real.iter().sum();
    let (mean_real, mean_fake) = (mean_pair(&own_real), mean_pair(&own_fake));
    let pairs = own_real.len() as f64 * own_fake.len() as f64;
    let value = mean_real + mean_fake - 2.0 * cross / pairs;
    let variance = jackknife(&own_real, &cross_real, own_fake.len())
        + jackknife(&own_fake, &cross_fake, own_real.len());
    Interval::new(value, variance, config, IntervalMethod::Jackknife)
}

fn require_rows(what: &'static str, set: &dyn FeatureRows) -> Result<(), Error> {
    let mut row = vec![0.0; set.dim()];
    (0..set.num_rows()).try_for_each(|index| read_finite(set, what, index, &mut row))
}

fn mean_pair(sums: &[f64]) -> f64 {
    let n = sums.len() as f64;
    sums.iter().sum::<f64>() / (n * (n - 1.0))
}

/// The jackknife variance of the value over one set. `own` and `cross`: sums of the kernel of each of
/// its images with the others of its set, and with the `others` images of the other set.
fn jackknife(own: &[f64], cross: &[f64], others: usize) -> f64 {
    let (n, m) = (own.len() as f64, others as f64);
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
fn own_sums(set: &dyn FeatureRows) -> Vec<f64> {
    let mut sums = vec![0.0; set.num_rows()];
    for first_a in (0..sums.len()).step_by(TILE) {
        let left = tile(set, first_a);
        for first_b in (first_a..sums.len()).step_by(TILE) {
            let right = if first_a == first_b { left.clone() } else { tile(set, first_b) };
            for_each_kernel(&left, &right, |i, j, value| {
                let (a, b) = (first_a + i, first_b + j);
                if a < b {
                    sums[a] += value;
                    sums[b] += value;
                }
            });
        }
    }
    sums
}

/// The sum of the kernel of each row with all of the other set, for both sets.
fn cross_sums(a: &dyn FeatureRows, b: &dyn FeatureRows) -> (Vec<f64>, Vec<f64>) {
    let (mut sums_a, mut sums_b) = (vec![0.0; a.num_rows()], vec![0.0; b.num_rows()]);
    for first_a in (0..sums_a.len()).step_by(TILE) {
        let left = tile(a, first_a);
        for first_b in (0..sums_b.len()).step_by(TILE) {
            for_each_kernel(&left, &tile(b, first_b), |i, j, value| {
                sums_a[first_a + i] += value;
                sums_b[first_b + j] += value;
            });
        }
    }
    (sums_a, sums_b)
}

fn for_each_kernel(a: &Mat<f64>, b: &Mat<f64>, mut visit: impl FnMut(usize, usize, f64)) {
    let mut products = Mat::<f64>::zeros(a.ncols(), b.ncols());
    let (share, par) = (1.0 / a.nrows() as f64, get_global_parallelism());
    matmul(products.as_mut(), Accum::Replace, a.transpose(), b, share, par);
    for (j, column) in products.col_iter().enumerate() {
        for (i, product) in column.iter().enumerate() {
            visit(i, j, (product + 1.0).powi(3));
        }
    }
}

/// Rows from `start` on, a tile at most, as columns.
fn tile(set: &dyn FeatureRows, start: usize) -> Mat<f64> {
    let mut row = vec![0.0; set.dim()];
    let mut out = Mat::zeros(row.len(), TILE.min(set.num_rows() - start));
    for (index, column) in out.col_iter_mut().enumerate() {
        set.read_row(start + index, &mut row);
        column.iter_mut().zip(&row).for_each(|(out, &value)| *out = value);
    }
    out
}
