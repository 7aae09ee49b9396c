//! Confidence intervals of FID and KID, by the jackknife.
//!
//! Both metrics are functions of two samples, so their standard errors follow from the effect of
//! each image: `SE² = Σ IF²/(N(N − 1))` over each set, summed (the infinitesimal jackknife; Jaeckel
//! 1972, Efron & Tibshirani 1993, §21). FID uses the influences of
//! [`fid_influence`](super::fid_influence), KID the exact values without each image, which its sums
//! provide at no cost.
//!
//! The bootstrap does not work here: a sample drawn with replacement contains duplicates, so its
//! covariance is that of fewer images, and FID, whose bias grows as images get fewer, is too high
//! in every replicate. The jackknife only measures spread.

use super::influence::FidInfluence;
use crate::error::Error;

/// The level of a confidence interval. The default is 0.95.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct IntervalConfig {
    /// Share of intervals that contain the expected value; above 0 and below 1.
    pub level: f64,
}

impl Default for IntervalConfig {
    fn default() -> Self {
        Self { level: 0.95 }
    }
}

/// How a standard error was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalMethod {
    /// From the first-order influence of each image.
    InfinitesimalJackknife,
    /// From the value without each image.
    Jackknife,
}

/// A confidence interval for the *expected value at this number of images*: the average over other
/// runs of the same generator and other draws of real images.
///
/// It says nothing about the value with infinitely many images. FID is biased upward in proportion
/// to 1/N, and the interval is around the biased value, so N is part of its meaning; FID∞
/// extrapolates. KID has no bias. Images must be independent: copies, or frames of one video, make
/// every such interval too narrow. A side given only by statistics counts as fixed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// The value of the given sets.
    pub value: f64,
    /// Lower end; for FID at least 0.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Estimated standard deviation of the value over samples.
    pub standard_error: f64,
    /// The level used.
    pub level: f64,
    /// How the standard error was computed.
    pub method: IntervalMethod,
}

/// The interval of an FID from the influences of its images, over the sides that have them.
///
/// In simulations (the table in docs/PRECISION.md) it is 4 to 22 % too wide at N = 2d, 6 to 10 % at
/// N = 5d, and right within 7 % from N = 20d on. It is √2 too wide if both sets come from one
/// distribution: there the first order vanishes, and the influences are noise of second order.
///
/// # Errors
/// [`Error::Level`]; [`Error::TooFewForInterval`] if no side has at least two images.
pub fn fid_interval(influence: &FidInfluence, config: &IntervalConfig) -> Result<Interval, Error> {
    let sides: Vec<_> = [&influence.real, &influence.fake].into_iter().flatten().collect();
    let fewest = sides.iter().map(|side| side.len()).min().unwrap_or(0);
    if fewest < 2 {
        return Err(Error::TooFewForInterval { num_images: fewest, least: 2 });
    }
    let variance = |values: &&Vec<f64>| {
        let n = values.len() as f64;
        values.iter().map(|value| value * value).sum::<f64>() / (n * (n - 1.0))
    };
    let variance = sides.iter().map(variance).sum();
    let method = IntervalMethod::InfinitesimalJackknife;
    let mut interval = Interval::new(influence.fid, variance, config, method)?;
    interval.low = interval.low.max(0.0);
    Ok(interval)
}

impl Interval {
    pub(super) fn new(
        value: f64,
        variance: f64,
        config: &IntervalConfig,
        method: IntervalMethod,
    ) -> Result<Self, Error> {
        let level = config.level;
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Level { level });
        }
        let standard_error = variance.sqrt();
        if !(value.is_finite() && standard_error.is_finite()) {
            return Err(Error::Overflow { what: "standard error" });
        }
        let reach = -normal_quantile(0.5 * (1.0 - level)) * standard_error;
        let low = value - reach;
        let high = value + reach;
        Ok(Self { value, low, high, standard_error, level, method })
    }
}

/// Quantile of the standard normal distribution for a probability `p` ≤ ½, with a relative
/// error of 1.2e-9 (P. J. Acklam's rational approximation, 2003).
pub(super) fn normal_quantile(p: f64) -> f64 {
    const CENTRAL_ABOVE: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const CENTRAL_BELOW: [f64; 6] = [
        -5.447609879822406e1,
        1.615858368580409e2,
        -1.556989798598866e2,
        6.680131188771972e1,
        -1.328068155288572e1,
        1.0,
    ];
    const TAIL_ABOVE: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const TAIL_BELOW: [f64; 5] =
        [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1.0];
    let polynomial = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    if p < 0.02425 {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&TAIL_ABOVE, q) / polynomial(&TAIL_BELOW, q)
    } else {
        let q = p - 0.5;
        q * polynomial(&CENTRAL_ABOVE, q * q) / polynomial(&CENTRAL_BELOW, q * q)
    }
}
