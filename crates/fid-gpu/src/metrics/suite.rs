//! Several metrics under one program's conventions, as its users know them.

use std::fmt;
use std::str::FromStr;

use fid_core::Preset;
use fid_core::metrics::{InceptionScoreConfig, InceptionScoreVariant, PrdcConfig};
use serde::Serialize;

use super::{Metric, MetricSet, Metrics, MetricsConfig};

/// The metrics of one program, with its conventions and in its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
#[non_exhaustive]
pub enum Suite {
    /// `evaluations/evaluator.py` of guided-diffusion (ADM, Dhariwal and Nichol 2021): Inception Score, FID, sFID,
    /// precision and recall.
    Adm,
}

/// A text names no suite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no suite: there is adm, that of guided-diffusion's evaluator.py")]
pub struct UnknownSuite(String);

impl Suite {
    /// The name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adm => "adm",
        }
    }

    /// How its program treats images.
    pub fn preset(self) -> Preset {
        match self {
            // TensorFlow's resize and (x - 128) / 128, inside the network's graph.
            Self::Adm => Preset::TorchFidelity,
        }
    }

    /// What its program computes.
    pub fn metrics(self) -> MetricSet {
        match self {
            Self::Adm => MetricSet::new(&ADM),
        }
    }

    /// What its program computes, with its conventions.
    pub fn config(self) -> MetricsConfig {
        match self {
            Self::Adm => MetricsConfig {
                select: self.metrics(),
                suite: Some(self),
                inception_score: InceptionScoreConfig::of(InceptionScoreVariant::Adm),
                prdc: PrdcConfig::ADM,
                ..MetricsConfig::default()
            },
        }
    }

    /// Its program's lines, in its order; `fid` is what its line says of FID. What could not be computed has
    /// none.
    pub(crate) fn lines(self, fid: String, metrics: &Metrics) -> Vec<String> {
        let value = |name: &str, value: Option<f64>| Some(format!("{name}: {:.4}", value?));
        let (score, prdc) = (metrics.inception_score.as_ref(), metrics.prdc.as_ref());
        let lines = match self {
            Self::Adm => [
                value("Inception Score", score.map(|score| score.mean)),
                Some(fid),
                value("sFID", metrics.sfid),
                value("Precision", prdc.map(|prdc| prdc.precision)),
                value("Recall", prdc.map(|prdc| prdc.recall)),
            ],
        };
        lines.into_iter().flatten().collect()
    }
}

/// The metrics that ADM's five values are of.
const ADM: [Metric; 4] = [Metric::InceptionScore, Metric::Fid, Metric::Sfid, Metric::Prdc];

impl From<Suite> for &'static str {
    fn from(suite: Suite) -> Self {
        suite.name()
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(text: &str) -> Result<Self, UnknownSuite> {
        match text {
            "adm" => Ok(Self::Adm),
            _ => Err(UnknownSuite(text.into())),
        }
    }
}
