//! The result, and how it was made.

use std::path::PathBuf;

use serde::Serialize;

/// The distance of two folders with everything needed to make it again.
///
/// Serialises to the object that `--json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FidReport {
    /// The Fréchet Inception Distance, at least 0.
    pub fid: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`, unclamped: rounding can make it, for
    /// equal sets, a negative number near 0.
    pub trace_term: f64,
    /// How the trace of the root was computed.
    pub trace_method: String,
    /// Whether the value may be compared with published ones: not under seeded weights.
    pub comparable: bool,
    /// The real images.
    pub real: SetReport,
    /// The generated images.
    pub fake: SetReport,
    /// The protocol preset.
    pub preset: String,
    /// The weights.
    pub weights: WeightsReport,
    /// Where the network ran.
    pub device: String,
    /// The adapter's driver, for a GPU.
    pub driver: Option<String>,
    /// Images in a batch.
    pub batch_size: usize,
    /// The programs.
    pub versions: Versions,
    /// Wall-clock time of each stage.
    pub seconds: Seconds,
    /// What the reader of the number should know.
    pub notes: Vec<String>,
}

/// One of the two data sets.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SetReport {
    /// The folder.
    pub path: PathBuf,
    /// Number of images.
    pub images: usize,
    /// Files in the folder that are no images.
    pub ignored_files: usize,
    /// `tr Σ`, unbiased.
    pub trace: f64,
    /// Seconds in the decoder, summed over its threads.
    pub decode_thread_seconds: f64,
}

/// The weights.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct WeightsReport {
    /// Name of the file, or of the seed.
    pub name: String,
    /// Hash of the file, or of the seeded tensors; lower-case hex.
    pub sha256: String,
}

/// The programs that made the number.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Versions {
    /// This program.
    pub fid_gpu: &'static str,
    /// The tensor runtime.
    pub burn: &'static str,
}

impl Default for Versions {
    fn default() -> Self {
        // Burn's version is pinned in the workspace manifest; a test compares the two.
        Self { fid_gpu: env!("CARGO_PKG_VERSION"), burn: BURN_VERSION }
    }
}

/// The version of Burn that the workspace pins.
pub const BURN_VERSION: &str = "0.22.1";

/// Wall-clock seconds of each stage.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[non_exhaustive]
pub struct Seconds {
    /// Reading, checking and uploading the weights, and opening the device.
    pub weights: f64,
    /// Features and statistics of the real images.
    pub real: f64,
    /// Features and statistics of the generated images.
    pub fake: f64,
    /// The distance of the two.
    pub frechet: f64,
    /// The whole run.
    pub total: f64,
}

impl FidReport {
    /// The line for people, such as `FID: 12.3456`.
    pub fn line(&self) -> String {
        let note = if self.comparable {
            String::new()
        } else {
            format!("  ({} weights: not comparable with published FID)", self.weights.name)
        };
        format!("FID: {:.4}{note}", self.fid)
    }
}
