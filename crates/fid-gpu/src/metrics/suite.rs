//! Suites: the metrics that one program prints, by its conventions.

use std::fmt;
use std::str::FromStr;

use fid_core::{Metric, Preset};
use serde::{Deserialize, Serialize};

use super::MetricSet;

/// The metrics of one program, with its conventions and in its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Suite {
    /// `evaluations/evaluator.py` of guided-diffusion (ADM, Dhariwal and Nichol 2021): Inception Score, FID, sFID,
    /// precision and recall.
    Adm,
}

/// A text that is not the name of a [`Suite`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown suite '{0}'; known: adm, the evaluator.py of guided-diffusion")]
pub struct UnknownSuite(String);

impl Suite {
    /// The name on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adm => "adm",
        }
    }

    /// The preset of its program.
    pub fn preset(self) -> Preset {
        match self {
            // TensorFlow's resize and (x - 128) / 128, inside the network's graph.
            Self::Adm => Preset::TORCH_FIDELITY,
        }
    }

    /// The metrics of its program.
    pub fn metrics(self) -> MetricSet {
        match self {
            Self::Adm => MetricSet::new(&ADM),
        }
    }
}

/// The metrics behind the five values of ADM's evaluator.
const ADM: [Metric; 4] = [Metric::InceptionScore, Metric::Fid, Metric::Sfid, Metric::Prdc];

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
