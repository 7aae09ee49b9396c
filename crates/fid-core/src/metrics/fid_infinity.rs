//! FID∞ (Chong and Forsyth 2020): FID has a bias that falls with 1/N, so its values at several N are
//! laid on a line over 1/N, and read where 1/N is 0.

use serde::Serialize;

use super::{RandomState, read_finite, require_at_least, rows_u32};
use crate::{Error, FeatureRows, FeatureStats, MomentAccumulator, frechet_distance};

/// Rows read at a time.
const BATCH: usize = 256;

/// How [`fid_infinity`] takes its points. The default is the authors'.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FidInfinityConfig {
    /// Number of points on the line.
    pub points: usize,
    /// Images of the smallest point. None is dgm-eval's rule: a tenth of the images, at least 2 and
    /// at most 5000.
    pub min_images: Option<usize>,
    /// Whether each point draws its images anew, as the authors' program does. Otherwise one order
    /// serves all: each point has the images of the one before and more. That costs one pass over the
    /// images instead of about `points / 2`; but neighbouring points then err alike, and the line's
    /// standard error is too small.
    pub reshuffle: bool,
    /// Seed of [`RandomState`]. The authors' program leaves the seed to the caller.
    pub seed: u32,
}

impl Default for FidInfinityConfig {
    /// 15 points from 5000 images on, each drawn anew, seed 2020.
    fn default() -> Self {
        Self { points: 15, min_images: Some(5000), reshuffle: true, seed: 2020 }
    }
}

/// A point of the line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FidPoint {
    /// Fake images it is of.
    pub images: usize,
    /// FID of them and all real ones.
    pub fid: f64,
}

/// An extrapolated FID.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FidInfinity {
    /// The line at 1/N = 0. It may be below 0 for sets that are alike.
    pub value: f64,
    /// Its standard error, from the points' distance to the line (ordinary least squares); none for
    /// two points. It knows nothing of what all points share: the real images, and the one set the
    /// fake ones are drawn from.
    pub standard_error: Option<f64>,
    /// Rise of the line: what FID at N images has too much, times N.
    pub slope: f64,
    /// The points, the smallest first.
    pub points: Vec<FidPoint>,
    /// As asked for.
    pub config: FidInfinityConfig,
}

/// FID∞ of fake features against the statistics of the real ones, which stay whole: the bias of the
/// real side remains. The recipe is `calculate_FID_infinity_path` of the authors' program: image
/// numbers at equal distances from `min_images` to all, rounded down; for each the fake set is
/// shuffled and its beginning taken. Here the shuffles are those of one [`RandomState`].
///
/// Features are rounded to f32, as networks give them, for [`MomentAccumulator`], whose memory this
/// takes: 32 MiB a covariance at 2048 dimensions.
///
/// # Errors
/// [`Error::DimMismatch`], [`Error::Setting`], [`Error::NotEnoughImages`] unless there are more fake
/// images than the smallest point has, [`Error::NotFinite`], and those of [`frechet_distance`].
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
    require_at_least("images of the smallest point of FID infinity", smallest, 2)?;
    if n as usize <= smallest {
        let (metric, side, available) = ("FID infinity", "fake", n as usize);
        return Err(Error::NotEnoughImages { metric, side, needed: smallest + 1, available });
    }
    let mut rng = RandomState::new(config.seed);
    let mut order: Vec<u32> = (0..n).collect();
    let mut moments = MomentAccumulator::new(fake.dim())?;
    let (mut points, mut used) = (Vec::with_capacity(config.points), 0);
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

/// Images of the smallest point: as asked for, or by dgm-eval's rule.
fn smallest(min_images: Option<usize>, n: usize) -> usize {
    min_images.unwrap_or((n / 10).clamp(2, 5000))
}

/// NumPy's `linspace(from, to, points).astype("int32")`, with its roundings.
fn sizes(from: usize, to: usize, points: usize) -> impl Iterator<Item = usize> {
    let step = (to as f64 - from as f64) / (points - 1) as f64;
    let at = move |i: usize| (i as f64 * step + from as f64) as usize;
    (0..points).map(move |i| if i + 1 == points { to } else { at(i) })
}

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

/// The line of least squares of FID over 1/N.
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
        let (mut xx, mut xy) = (0.0, 0.0);
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
    fn sizes_are_numpys_to_the_last_one() {
        let text = include_str!("../../../../tests/fixtures/metrics/fid_infinity.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let grids = fixture["grids"].as_array().unwrap();
        let mut of_dgm_eval = 0;
        for grid in grids {
            let at = |name: &str| usize::try_from(grid[name].as_u64().unwrap()).unwrap();
            let ours: Vec<_> = sizes(at("start"), at("n"), 15).collect();
            assert_eq!(serde_json::json!(ours), grid["sizes"], "{grid}");
            of_dgm_eval += usize::from(smallest(None, at("n")) == at("start"));
        }
        assert_eq!((grids.len(), of_dgm_eval), (12, 7));
    }

    #[test]
    fn a_line_is_found_again() {
        let points: Vec<_> = [100, 200, 400, 1000]
            .map(|images| FidPoint { images, fid: 2.5 + 70.0 / images as f64 })
            .into();
        let line = Line::through(&points);
        assert!((line.intercept - 2.5).abs() < 1e-12 && (line.slope - 70.0).abs() < 1e-9);
        assert!(line.standard_error.unwrap() < 1e-12);
        assert!(Line::through(&points[..2]).standard_error.is_none());
    }
}
