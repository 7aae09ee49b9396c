//! Sets of metrics, and the features that they read.

use std::fmt;
use std::str::FromStr;

use fid_core::Tap;
use fid_core::metrics::{Metric, UnknownMetric};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::observer::Side;
use crate::pipeline::Want;
use crate::provenance::INCEPTION;

/// The features that a metric reads of a side, besides mean and covariance at pool3.
pub(crate) fn want(metric: Metric, side: Side) -> Option<Want> {
    match metric {
        Metric::Fid64 => Some(Want::moments(Tap::Pool64)),
        Metric::Fid192 => Some(Want::moments(Tap::Pool192)),
        Metric::Fid768 => Some(Want::moments(Tap::Pool768)),
        Metric::Sfid => Some(Want::moments(Tap::Spatial)),
        Metric::FidInfinity | Metric::InceptionScore if side == Side::Real => None,
        Metric::FidInfinity
        | Metric::Kid
        | Metric::Prdc
        | Metric::Mind
        | Metric::Mifid
        | Metric::Cmmd => Some(Want::rows(Tap::Pool3)),
        Metric::InceptionScore => Some(Want::rows(Tap::LogitsUnbiased)),
        // FID. The enum is non-exhaustive.
        _ => None,
    }
}

/// Whether a metric reads other layers of Inception, or its classifier.
pub(crate) fn needs_inception(metric: Metric) -> bool {
    use Metric::{Fid64, Fid192, Fid768, InceptionScore, Sfid};
    matches!(metric, Fid64 | Fid192 | Fid768 | InceptionScore | Sfid)
}

/// Some of the metrics, each once, in the order of [`Metric::ALL`]. As text `fid,kid`, or `all`; in
/// JSON a list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSet(Vec<Metric>);

impl MetricSet {
    /// The set of `metrics`, in any order.
    pub fn new(metrics: &[Metric]) -> Self {
        Self(Metric::ALL.iter().copied().filter(|metric| metrics.contains(metric)).collect())
    }

    /// Whether the set contains the metric.
    pub fn has(&self, metric: Metric) -> bool {
        self.0.contains(&metric)
    }

    /// Whether the set contains every metric of some encoder: then those for which a set of images is
    /// too small are skipped.
    pub fn is_all(&self) -> bool {
        let of_some = |metric| needs_inception(metric) || metric == Metric::Cmmd;
        Metric::ALL.iter().all(|&metric| self.has(metric) || of_some(metric))
    }

    /// Of every metric, those that are usual for the encoder of a name: the scores of Inception's other layers
    /// and CMMD, which is CLIP's, only there. Another set stays as it is.
    #[must_use]
    pub fn usual_for(self, encoder: &str) -> Self {
        if self.is_all() {
            let usual = |&metric: &Metric| match metric {
                Metric::Cmmd => encoder.starts_with("clip-"),
                _ => encoder == INCEPTION || !needs_inception(metric),
            };
            self.iter().filter(usual).collect()
        } else {
            self
        }
    }

    /// The metrics in their order.
    pub fn iter(&self) -> impl Iterator<Item = Metric> + '_ {
        self.0.iter().copied()
    }

    /// The union with another set.
    pub fn and(&self, others: &Self) -> Self {
        Self::new(&self.iter().chain(others.iter()).collect::<Vec<_>>())
    }

    /// The features that the metrics read of a side, always with mean and covariance at `layer`; and
    /// `more`. Each tap once.
    pub(super) fn wants(
        &self,
        side: Side,
        layer: Tap,
        more: impl Iterator<Item = Want>,
    ) -> Vec<Want> {
        let mut wants = vec![Want::moments(layer)];
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

impl<const N: usize> From<[Metric; N]> for MetricSet {
    fn from(metrics: [Metric; N]) -> Self {
        Self::new(&metrics)
    }
}

impl FromIterator<Metric> for MetricSet {
    fn from_iter<I: IntoIterator<Item = Metric>>(metrics: I) -> Self {
        Self::new(&metrics.into_iter().collect::<Vec<_>>())
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

impl Serialize for MetricSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Metric::name))
    }
}

impl<'de> Deserialize<'de> for MetricSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let metrics: Result<Vec<Metric>, _> = names.iter().map(|name| name.parse()).collect();
        metrics.map(|metrics| Self::new(&metrics)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_in_the_order_of_all() {
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
    fn every_metric_is_what_an_encoder_usually_has() {
        let all = || MetricSet::new(Metric::ALL);
        let of = |name: &str| all().usual_for(name);
        let inception = of("inception");
        assert!(!inception.has(Metric::Cmmd) && inception.has(Metric::Sfid) && inception.is_all());
        let clip = of("clip-l14-336");
        assert!(clip.has(Metric::Cmmd) && !clip.has(Metric::Sfid) && clip.is_all());
        let dinov2 = of("dinov2-l14");
        assert!(!dinov2.has(Metric::Cmmd) && !dinov2.has(Metric::Sfid) && dinov2.is_all());
        // Asked for by name, it stays.
        let named = MetricSet::new(&[Metric::Fid, Metric::Cmmd]);
        assert_eq!(named.clone().usual_for(INCEPTION), named);
    }

    #[test]
    fn each_tap_is_read_once() {
        let more = [Want::rows(Tap::Pool3)].into_iter();
        let wants = MetricSet::new(Metric::ALL).wants(Side::Fake, Tap::Pool3, more);
        assert_eq!(wants[0].tap, Tap::Pool3);
        for want in &wants {
            assert_eq!(wants.iter().filter(|other| other.tap == want.tap).count(), 1);
        }
    }
}
