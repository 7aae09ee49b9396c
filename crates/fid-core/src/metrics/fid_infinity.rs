//! FID∞ (Chong and Forsyth 2020): FID has a bias proportional to 1/N, so a line is fitted to its
//! values at several N over 1/N and read at 1/N = 0.

use serde::{Deserialize, Serialize};

use super::common::{require_at_least, rows_u32};
use super::numpy_random::RandomState;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};
use crate::frechet::frechet_distance;
use crate::stats::{FeatureStats, MomentAccumulator};

/// Rows read at a time.
const BATCH: usize = 256;

/// The points of [`fid_infinity`]. The default is the authors'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FidInfinityConfig {
    /// Number of points on the line.
    pub points: usize,
    /// Images of the smallest point. `None` is dgm-eval's rule: a tenth of the images, at least 2
    /// and at most 5000.
    pub min_images: Option<usize>,
    /// Whether each point draws its images anew, like the authors' program. Otherwise each point
    /// extends the images of the previous one. That costs one pass over the images instead of about
    /// `points / 2`, but neighbouring points have correlated errors, and the line's standard error
    /// is too small.
    pub reshuffle: bool,
    /// Seed of [`RandomState`]. The authors' program has no default seed.
    pub seed: u32,
}

impl Default for FidInfinityConfig {
    /// 15 points from 5000 images on, each drawn anew, seed 2020.
    fn default() -> Self {
        Self { points: 15, min_images: Some(5000), reshuffle: true, seed: 2020 }
    }
}

/// A point of the line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FidPoint {
    /// Number of generated images.
    pub images: usize,
    /// FID of these images against all real ones.
    pub fid: f64,
}

/// An extrapolated FID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FidInfinity {
    /// The line at 1/N = 0. May be negative for similar sets.
    pub value: f64,
    /// Standard error of `value`, from the residuals of the ordinary least squares; `None` for two
    /// points. It ignores errors that all points share: those of the real images and of the set
    /// that the generated ones are drawn from.
    pub standard_error: Option<f64>,
    /// Slope of the line: the bias of FID at N images, times N.
    pub slope: f64,
    /// The points, smallest first.
    pub points: Vec<FidPoint>,
    /// The settings used.
    pub config: FidInfinityConfig,
}

/// FID∞ of fake features against the statistics of all real ones; the bias of the real side
/// remains. Follows `calculate_FID_infinity_path` of the authors' program: numbers of images in
/// equal steps from `min_images` to all, rounded down; for each number it shuffles the fake set and
/// takes its beginning. The shuffles come from one [`RandomState`].
///
/// Rounds features to f32 for [`MomentAccumulator`], which takes most of the memory: 32 MiB per
/// covariance at 2048 dimensions.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Setting`]; [`Error::NotEnoughImages`] unless there are more
/// fake images than the smallest point has; [`Error::NotFinite`]; those of [`frechet_distance`].
pub fn fid_infinity(
    real: &FeatureStats,
    fake: &dyn FeatureRows,
    config: &FidInfinityConfig,
) -> Result<FidInfinity, Error> {
    if real.dim() != fake.dim() {
        return Err(Error::DimMismatch { a: real.dim(), b: fake.dim() });
    }
    require_at_least("number of points of FID infinity", config.points, 2)?;
    let n = rows_u32(fake)?;
    let smallest = smallest(config.min_images, n as usize);
    require_at_least("number of images at the smallest point of FID infinity", smallest, 2)?;
    if n as usize <= smallest {
        let metric = "FID infinity";
        let side = "fake";
        let available = n as usize;
        return Err(Error::NotEnoughImages { metric, side, needed: smallest + 1, available });
    }
    let mut rng = RandomState::new(config.seed);
    let mut order: Vec<u32> = (0..n).collect();
    let mut moments = MomentAccumulator::new(fake.dim())?;
    let mut points = Vec::with_capacity(config.points);
    let mut used = 0;
    for images in sizes(smallest, n as usize, config.points) {
        if config.reshuffle || points.is_empty() {
            rng.shuffle(&mut order);
            (moments, used) = (MomentAccumulator::new(fake.dim())?, 0);
        }
        add(&mut moments, fake, &order[used..images])?;
        used = images;
        let fid = frechet_distance(real, &moments.clone().finish()?)?.value;
        points.push(FidPoint { images, fid });
    }
    let Line { intercept, standard_error, slope } = Line::through(&points);
    Ok(FidInfinity { value: intercept, standard_error, slope, points, config: config.clone() })
}

/// Images of the smallest point: the setting, or dgm-eval's rule for `n` images.
fn smallest(min_images: Option<usize>, n: usize) -> usize {
    min_images.unwrap_or((n / 10).clamp(2, 5000))
}

/// NumPy's `linspace(from, to, points).astype("int32")`, with the same rounding.
fn sizes(from: usize, to: usize, points: usize) -> impl Iterator<Item = usize> {
    let step = (to as f64 - from as f64) / (points - 1) as f64;
    let at = move |i: usize| (i as f64 * step + from as f64) as usize;
    (0..points).map(move |i| if i + 1 == points { to } else { at(i) })
}

/// Adds the `chosen` rows.
fn add(
    moments: &mut MomentAccumulator,
    rows: &dyn FeatureRows,
    chosen: &[u32],
) -> Result<(), Error> {
    let mut row = vec![0.0; rows.dim()];
    let mut batch: Vec<f32> = Vec::with_capacity(BATCH * rows.dim());
    for chosen in chosen.chunks(BATCH) {
        batch.clear();
        for &at in chosen {
            read_finite(rows, "fake features", at as usize, &mut row)?;
            batch.extend(row.iter().map(|&value| value as f32));
        }
        moments.update(&batch)?;
    }
    Ok(())
}

/// The least squares line of FID over 1/N.
struct Line {
    intercept: f64,
    standard_error: Option<f64>,
    slope: f64,
}

impl Line {
    fn through(points: &[FidPoint]) -> Self {
        let n = points.len() as f64;
        let xs: Vec<_> = points.iter().map(|point| 1.0 / point.images as f64).collect();
        let x_mean = xs.iter().sum::<f64>() / n;
        let y_mean = points.iter().map(|point| point.fid).sum::<f64>() / n;
        let mut xx = 0.0;
        let mut xy = 0.0;
        for (x, point) in xs.iter().zip(points) {
            xx += (x - x_mean).powi(2);
            xy += (x - x_mean) * (point.fid - y_mean);
        }
        let slope = xy / xx;
        let intercept = y_mean - slope * x_mean;
        let off = |(x, point): (&f64, &FidPoint)| (point.fid - intercept - slope * x).powi(2);
        let rest: f64 = xs.iter().zip(points).map(off).sum();
        let variance = rest / (n - 2.0) * (1.0 / n + x_mean * x_mean / xx);
        Self { intercept, standard_error: (points.len() > 2).then(|| variance.sqrt()), slope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_recovers_an_exact_line() {
        let points: Vec<_> = [100, 200, 400, 1000]
            .map(|images| FidPoint { images, fid: 2.5 + 70.0 / images as f64 })
            .into();
        let line = Line::through(&points);
        assert!((line.intercept - 2.5).abs() < 1e-12 && (line.slope - 70.0).abs() < 1e-9);
        assert!(line.standard_error.unwrap() < 1e-12);
        assert!(Line::through(&points[..2]).standard_error.is_none());
    }
}
