//! The result, and how it was made.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::explain::Explanation;
use crate::feature_cache::CacheReport;
use crate::metrics::{ImagesReport, Metric, MetricSet, Metrics, Suite};
use crate::skipped::lossy;
use crate::stats_file::{StatsMeta, is_standard};
use crate::timings::{StageSeconds, table};
use fid_images::Skipped;

/// The version of the JSON object: it grows when a field changes its meaning or goes. New fields leave it
/// as it is. `docs/JSON.md` has the fields.
pub const SCHEMA: u64 = 1;

/// The distance of two sets with everything needed to make it again.
///
/// Serialises to the object that `--json` prints.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FidReport {
    /// [`SCHEMA`].
    pub schema: u64,
    /// The Fréchet Inception Distance, at least 0.
    pub fid: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`, unclamped: rounding can make it, for
    /// equal sets, a negative number near 0.
    pub trace_term: f64,
    /// How the trace of the root was computed.
    pub trace_method: String,
    /// The other metrics that were asked for.
    pub metrics: Metrics,
    /// The FID under every preset, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<PresetFid>,
    /// What single images have to do with the value, where it was asked for.
    #[serde(flatten)]
    pub images: ImagesReport,
    /// The program whose metrics were asked for, and whose words are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suite: Option<Suite>,
    /// What was asked for, and is shown to people.
    #[serde(skip)]
    pub shown: MetricSet,
    /// Whether the value may be compared with published ones: not under seeded weights, and not of
    /// another precision than f32.
    pub comparable: bool,
    /// The real images.
    pub real: SetReport,
    /// The generated images.
    pub fake: SetReport,
    /// The protocol preset.
    pub preset: String,
    /// The numbers that the network was computed in.
    pub precision: String,
    /// The weights; none if both sides are files that do not tell.
    pub weights: Option<WeightsReport>,
    /// Where the network ran; none if both sides are files.
    pub device: Option<String>,
    /// The adapter's driver, for a GPU.
    pub driver: Option<String>,
    /// Images in a batch; none if both sides are files.
    pub batch_size: Option<usize>,
    /// The programs.
    pub versions: Versions,
    /// Wall-clock time of each stage.
    pub seconds: Seconds,
    /// The value in words, where it was asked for.
    pub explanation: Option<Explanation>,
    /// Why the real images' statistics are not in the file that they were to be kept in.
    pub not_saved: Option<String>,
    /// What the reader of the number should know.
    pub notes: Vec<String>,
    /// When it was done, in seconds since 1970 (Unix time).
    pub timestamp: u64,
}

/// The FID under one of several presets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PresetFid {
    /// The preset.
    pub preset: String,
    /// The value.
    pub fid: f64,
}

/// One of the two data sets.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SetReport {
    /// The folder, or the statistics file.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Number of images; none if a file does not tell.
    pub images: Option<u64>,
    /// Files in the folder that are no images.
    pub ignored_files: usize,
    /// Images that could not be read and were left out, where that was asked for.
    pub skipped: Vec<Skipped>,
    /// What was in the cache of features; none without one, and for files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheReport>,
    /// `tr Σ`, unbiased.
    pub trace: f64,
    /// Seconds in the decoder, summed over its threads.
    pub decode_thread_seconds: f64,
    /// Where the time of a folder went; none for files.
    pub stages: Option<StageSeconds>,
    /// How a statistics file was made; none for folders, and for files that do not tell.
    pub statistics: Option<StatsMeta>,
}

/// The weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WeightsReport {
    /// Name of the file, or of the seed.
    pub name: String,
    /// Hash of the file, or of the seeded tensors; lower-case hex.
    pub sha256: String,
    /// Whether they were drawn at random, so that no value compares with published ones.
    pub random: bool,
}

/// The programs that made the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Versions {
    /// This program.
    pub fid_gpu: String,
    /// The tensor runtime.
    pub burn: String,
}

impl Default for Versions {
    fn default() -> Self {
        // Burn's version is pinned in the workspace manifest; a test compares the two.
        Self { fid_gpu: env!("CARGO_PKG_VERSION").into(), burn: BURN_VERSION.into() }
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
    /// The other metrics.
    pub metrics: f64,
    /// The whole run.
    pub total: f64,
}

impl FidReport {
    /// Where the time went: the table of `--timings`.
    pub fn timings(&self) -> String {
        let sides = [("real", &self.real), ("fake", &self.fake)];
        let folders: Vec<_> =
            sides.into_iter().filter_map(|(name, set)| Some((name, set.stages?))).collect();
        let Seconds { weights, frechet, metrics, total, .. } = self.seconds;
        table(
            &folders,
            &[
                ("weights and device", weights),
                ("distance", frechet),
                ("other metrics", metrics),
                ("the whole run", total),
            ],
        )
    }

    /// A line for each metric that was asked for, for people, such as `FID: 12.3456`.
    pub fn lines(&self) -> Vec<String> {
        let random = self.weights.as_ref().filter(|weights| weights.random);
        let odd = [
            random.map(|weights| format!("{} weights", weights.name)),
            (!is_standard(&self.precision)).then(|| self.precision.clone()),
        ];
        let odd = odd.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let note = match odd.is_empty() {
            true => odd,
            false => format!("  ({odd}: not comparable with published FID)"),
        };
        let fid = format!("FID: {:.4}{note}", self.fid);
        let (first, metrics) = match self.suite {
            Some(suite) => (suite.lines(fid, &self.metrics), self.metrics.beside(suite)),
            None if self.shown.has(Metric::Fid) => (vec![fid], self.metrics.clone()),
            None => (Vec::new(), self.metrics.clone()),
        };
        let presets = self.presets.iter();
        let presets = presets.map(|under| format!("FID {:15} {:.4}", under.preset, under.fid));
        first.into_iter().chain(presets).chain(metrics.lines()).chain(self.images.lines()).collect()
    }
}
