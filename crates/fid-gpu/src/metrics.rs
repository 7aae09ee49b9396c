//! The metrics that are read beside FID: which there are, what each needs of the network, and their
//! values.

mod compute;
mod per_image;
mod products;
mod report;
mod suite;

use std::fmt;
use std::str::FromStr;

use fid_core::Tap;
use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, KidConfig, MifidConfig, MindConfig, PrdcConfig,
};
pub use fid_core::metrics::{Metric, UnknownMetric};

pub use self::per_image::{Class, ImagesConfig, ImagesReport, Influential, Nearest, Outliers};
pub use self::products::ProductsOn;
pub use self::report::{Metrics, NotComputed};
pub(crate) use self::report::{kid_line, prdc_line};
pub use self::suite::{Suite, UnknownSuite};
use crate::observer::Side;
use crate::pipeline::Want;

pub(crate) use self::compute::{compute, require_enough};

/// The features that a metric reads of a side, besides mean and covariance at pool3.
pub(crate) fn want(metric: Metric, side: Side) -> Option<Want> {
    match metric {
        Metric::Fid64 => Some(Want::moments(Tap::Pool64)),
        Metric::Fid192 => Some(Want::moments(Tap::Pool192)),
        Metric::Fid768 => Some(Want::moments(Tap::Pool768)),
        Metric::Sfid => Some(Want::moments(Tap::Spatial)),
        Metric::FidInfinity | Metric::InceptionScore if side == Side::Real => None,
        Metric::FidInfinity | Metric::Kid | Metric::Prdc | Metric::Mind | Metric::Mifid => {
            Some(Want::rows(Tap::Pool3))
        }
        Metric::InceptionScore => Some(Want::rows(Tap::LogitsUnbiased)),
        // FID. The enum is non-exhaustive.
        _ => None,
    }
}

/// What to compute, and with which conventions; by default FID alone, and those of torch-fidelity.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MetricsConfig {
    /// Which metrics.
    pub select: MetricSet,
    /// The program whose suite they are, where they are one's: its words and its order are shown.
    pub suite: Option<Suite>,
    /// Leaves out what the sets are too small for, or a file of statistics has not, and says so in
    /// [`Metrics::not_computed`], instead of refusing the run. Too small sets are no error with all metrics,
    /// either.
    pub leave_out: bool,
    /// KID's subsets.
    pub kid: KidConfig,
    /// The Inception Score's splits.
    pub inception_score: InceptionScoreConfig,
    /// What is a neighbour.
    pub prdc: PrdcConfig,
    /// The points of FID∞.
    pub fid_infinity: FidInfinityConfig,
    /// MIND's directions.
    pub mind: MindConfig,
    /// MiFID's penalty.
    pub mifid: MifidConfig,
    /// Where all pairs of features are looked at.
    pub products: ProductsOn,
    /// What to say of single images.
    pub images: ImagesConfig,
}

impl Default for MetricsConfig {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            select: MetricSet::default(),
            suite: None,
            leave_out: false,
            kid: KidConfig::default(),
            inception_score: InceptionScoreConfig::default(),
            prdc: PrdcConfig::default(),
            // dgm-eval's rule for the smallest point, which suits small sets as well.
            fid_infinity: FidInfinityConfig { min_images: None, ..FidInfinityConfig::default() },
            mind: MindConfig::default(),
            mifid: MifidConfig::default(),
            products: ProductsOn::default(),
            images: ImagesConfig::default(),
        }
    }
}

impl MetricsConfig {
    /// Whether a metric that a set is too small for is left out.
    fn leaves_out(&self) -> bool {
        self.leave_out || self.select.is_all()
    }

    /// What the metrics read of a side, pool3's mean and covariance always; and `more`.
    pub(crate) fn wants(&self, side: Side, more: impl Iterator<Item = Want>) -> Vec<Want> {
        let of_images = self.images.needs_rows().then_some(Want::rows(Tap::Pool3));
        self.select.wants(side, of_images.into_iter().chain(more))
    }
}

/// Some of the metrics, in the order of [`Metric::ALL`]. Written `fid,kid`, or `all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSet(Vec<Metric>);

impl MetricSet {
    /// These metrics, each once.
    pub fn new(metrics: &[Metric]) -> Self {
        Self(Metric::ALL.iter().copied().filter(|metric| metrics.contains(metric)).collect())
    }

    /// Whether the metric is among them.
    pub fn has(&self, metric: Metric) -> bool {
        self.0.contains(&metric)
    }

    /// Whether all of them were asked for: then those that some set is too small for are left out.
    pub fn is_all(&self) -> bool {
        self.0.len() == Metric::ALL.len()
    }

    /// The metrics.
    pub fn iter(&self) -> impl Iterator<Item = Metric> + '_ {
        self.0.iter().copied()
    }

    /// These and others.
    pub fn and(&self, others: &Self) -> Self {
        Self::new(&self.iter().chain(others.iter()).collect::<Vec<_>>())
    }

    /// What all of them read of a side, and `more`; pool3's mean and covariance always.
    fn wants(&self, side: Side, more: impl Iterator<Item = Want>) -> Vec<Want> {
        let mut wants = vec![Want::moments(Tap::Pool3)];
        for want in self.iter().filter_map(|metric| want(metric, side)).chain(more) {
            match wants.iter_mut().find(|known| known.tap == want.tap) {
                Some(known) => {
                    known.moments |= want.moments;
                    known.rows |= want.rows;
                }
                None => wants.push(want),
            }
        }
        wants
    }
}

impl Default for MetricSet {
    /// FID alone.
    fn default() -> Self {
        Self::new(&[Metric::Fid])
    }
}

impl fmt::Display for MetricSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Metric::name).collect();
        f.pad(&names.join(","))
    }
}

impl FromStr for MetricSet {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        let mut metrics = Vec::new();
        for name in text.split(',').map(str::trim) {
            if name == "all" {
                metrics.extend_from_slice(Metric::ALL);
            } else {
                metrics.push(name.parse()?);
            }
        }
        Ok(Self::new(&metrics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_and_shown_alike() {
        for text in ["fid", "fid,sfid", "fid-64,fid-192,fid-768"] {
            assert_eq!(text.parse::<MetricSet>().unwrap().to_string(), text);
        }
        assert_eq!("sfid, fid,sfid".parse::<MetricSet>().unwrap().to_string(), "fid,sfid");
        assert_eq!("all".parse::<MetricSet>().unwrap(), MetricSet::new(Metric::ALL));
        for text in ["", "fid,", "FID", "fid kid", "fid-2048"] {
            let error = text.parse::<MetricSet>().unwrap_err().to_string();
            assert!(error.contains("sfid"), "{error}");
        }
    }

    #[test]
    fn a_tap_is_read_once() {
        let wants =
            MetricSet::new(Metric::ALL).wants(Side::Fake, [Want::rows(Tap::Pool3)].into_iter());
        assert_eq!(wants[0].tap, Tap::Pool3);
        for want in &wants {
            assert_eq!(wants.iter().filter(|other| other.tap == want.tap).count(), 1);
        }
        let of_fid = MetricsConfig::default().wants(Side::Real, std::iter::empty());
        assert_eq!(of_fid, [Want::moments(Tap::Pool3)]);
    }
}
