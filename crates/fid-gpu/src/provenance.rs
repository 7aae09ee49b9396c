//! Which programs and which weights made a result.

use serde::{Deserialize, Serialize};

/// The encoder of files and reports that record none.
pub(crate) const INCEPTION: &str = "inception";

/// The version of Burn that the workspace pins.
pub const BURN_VERSION: &str = "0.22.1";

/// Identity of the network's weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightsReport {
    /// File name, or `seeded:SEED`.
    pub name: String,
    /// SHA-256 of the file, or of the seeded tensors; lower-case hex.
    pub sha256: String,
    /// Whether the weights were drawn at random: then no value is comparable with published ones.
    pub random: bool,
}

/// Versions of the programs that made a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Versions {
    /// Version of fid-gpu.
    pub fid_gpu: String,
    /// Version of Burn, which runs the network on GPUs.
    pub burn: String,
}

impl Default for Versions {
    /// The versions of this build.
    fn default() -> Self {
        // The workspace manifest pins Burn's version; a test compares the two.
        Self { fid_gpu: env!("CARGO_PKG_VERSION").into(), burn: BURN_VERSION.into() }
    }
}
