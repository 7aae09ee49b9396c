//! The name of a source of weights.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::WeightsError;

/// Where weights come from.
///
/// As text: `seeded` (seed 0), `seeded:SEED`, or the path of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightsSource {
    /// A PyTorch, safetensors or ONNX file; the content tells the format.
    File(PathBuf),
    /// Random weights drawn from a seed, the same on every platform. For tests and timings: a FID
    /// under them means nothing.
    Seeded(u64),
}

impl FromStr for WeightsSource {
    type Err = WeightsError;

    fn from_str(text: &str) -> Result<Self, WeightsError> {
        if text == "seeded" {
            return Ok(Self::Seeded(0));
        }
        match text.strip_prefix("seeded:") {
            None => Ok(Self::File(text.into())),
            Some(seed) => {
                let seed = seed.parse().map_err(|_| WeightsError::Seed { text: text.into() })?;
                Ok(Self::Seeded(seed))
            }
        }
    }
}

impl fmt::Display for WeightsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Seeded(seed) => write!(f, "seeded:{seed}"),
        }
    }
}
