//! What the readers name and no target reaches, or reaches as plain data.

use crate::stats_file::StatsError;

/// Stands in for `fid_gpu::Error`.
#[derive(Debug)]
pub struct Error;

impl From<StatsError> for Error {
    fn from(_: StatsError) -> Self {
        Self
    }
}

impl From<fid_core::Error> for Error {
    fn from(_: fid_core::Error) -> Self {
        Self
    }
}

impl Error {
    pub fn require_comparable<T>(_: T, _: T, _: Vec<String>) -> Result<(), Self> {
        Ok(())
    }
}

pub mod feature_cache {
    pub(crate) use crate::key::Key;
}

pub mod report {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct WeightsReport {
        pub name: String,
        pub sha256: String,
        pub random: bool,
    }

    #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Versions {
        pub fid_gpu: String,
        pub burn: String,
    }
}
