//! The result of a comparison, and how it was made.

use std::path::PathBuf;

use fid_core::{CrossTraceMethod, Metric, Preparation, Tap};
use fid_images::Skipped;
use fid_images::set::Unread;
use serde::{Deserialize, Serialize};

use crate::by_name;
use crate::census::Census;
use crate::explain::Explanation;
use crate::feature_cache::CacheReport;
use crate::metrics::{ImagesReport, MetricSet, Metrics, Suite};
pub(crate) use crate::provenance::{Versions, WeightsReport};
use crate::samples::Sampled;
use crate::skipped::lossy;
use crate::stats_file::{StatsMeta, is_standard, standard};
use crate::timings::{StageSeconds, table};

/// The version of the JSON object. It is raised when a field changes its meaning, is renamed or
/// removed; new fields leave it unchanged. `docs/JSON.md` describes the fields.
pub const SCHEMA: u64 = 2;

/// The FID of two sets, with everything needed to compute it again.
///
/// Serializes to the JSON object that the program prints. Reads objects of schema 1 as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FidReport {
    /// [`SCHEMA`] of the version that made the report.
    pub schema: u64,
    /// The Fréchet Inception Distance, at least 0.
    pub fid: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`, unclamped: for equal sets, rounding can make it
    /// slightly negative.
    pub trace_term: f64,
    /// How the trace of the root was computed.
    #[serde(with = "by_name::trace_method")]
    pub trace_method: CrossTraceMethod,
    /// The metrics computed besides FID.
    #[serde(default)]
    pub metrics: Metrics,
    /// FID under every preset, if there were several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<PresetFid>,
    /// Intervals, outliers and classes.
    #[serde(flatten)]
    pub images: ImagesReport,
    /// The program whose metrics were selected, and whose words are used for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<Suite>,
    /// The selected metrics.
    #[serde(default)]
    pub requested: MetricSet,
    /// Whether the FID may be compared with published ones: the weights are not random, and the
    /// precision is f32.
    pub comparable: bool,
    /// The real images.
    pub real: SetReport,
    /// The generated images.
    pub fake: SetReport,
    /// Name of the encoder; `None` for Inception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// Name of the preset.
    pub preset: String,
    /// Layer of the features that [`fid`](Self::fid) compares; `None` if neither side records it, and
    /// in reports of earlier versions. Only the FID of `pool3` is the published one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tap: Option<String>,
    /// Precision of the network.
    #[serde(default = "standard")]
    pub precision: String,
    /// The weights; `None` if both sides are files that do not record them.
    pub weights: Option<WeightsReport>,
    /// The device of the network; `None` if both sides are files.
    pub device: Option<String>,
    /// The driver of a GPU.
    pub driver: Option<String>,
    /// The kernels that computed: the instruction set of a CPU, or the class of tiles of a GPU.
    /// `None` in reports before this field.
    #[serde(default)]
    pub kernels: Option<String>,
    /// Images in a batch; `None` if both sides are files.
    pub batch_size: Option<usize>,
    /// Versions of the programs.
    pub versions: Versions,
    /// Wall-clock time of each stage.
    pub seconds: Seconds,
    /// The FID taken apart, if requested.
    pub explanation: Option<Explanation>,
    /// Why a requested file could not be written.
    pub not_saved: Option<String>,
    /// Sentences that the reader of the number should know.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Time of the result, in seconds since 1970 (Unix time).
    pub timestamp: u64,
}

/// FID under one of several presets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PresetFid {
    /// Name of the preset.
    pub preset: String,
    /// FID under it.
    pub fid: f64,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetReport {
    /// The set, or the statistics file, as it was named.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Number of images; `None` if a file does not record it.
    pub images: Option<u64>,
    /// Files in the folder that are not images.
    #[serde(default)]
    pub ignored_files: usize,
    /// Files that look like images and are not read, by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Names of thumbnails, bins and hidden folders in the set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// Images that could not be read and were skipped.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// Use of the feature cache; `None` without a cache, and for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheReport>,
    /// What the images are; `None` for statistics files that do not record it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub census: Option<Census>,
    /// `tr Σ`, unbiased.
    pub trace: f64,
    /// Seconds in the decoder, summed over its threads.
    #[serde(default)]
    pub decode_thread_seconds: f64,
    /// Seconds in each stage; `None` for files.
    pub stages: Option<StageSeconds>,
    /// What was done to the images before the preset; of a file that does not record it, as assumed.
    #[serde(default, skip_serializing_if = "Preparation::is_none", with = "by_name")]
    pub preparation: Preparation,
    /// The random subset that the images are; `None` for a whole set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Sampled>,
    /// Provenance of a statistics file; `None` for images, and for files without it.
    pub statistics: Option<StatsMeta>,
}

/// Wall-clock seconds of each stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Seconds {
    /// Opening the device; reading, checking and uploading the weights.
    pub weights: f64,
    /// Features and statistics of the real images.
    pub real: f64,
    /// Features and statistics of the generated images.
    pub fake: f64,
    /// The Fréchet distance.
    pub frechet: f64,
    /// The other metrics.
    pub metrics: f64,
    /// The whole run.
    pub total: f64,
}

impl FidReport {
    /// A table of the seconds that each stage took.
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

    /// What the images of each side are, in two lines for each; empty if nobody counted them.
    pub fn census_lines(&self) -> Vec<String> {
        let sides = [("real", &self.real), ("fake", &self.fake)];
        let counted =
            sides.into_iter().filter_map(|(name, set)| Some((name, set.census.as_ref()?)));
        counted.flat_map(|(name, it)| it.lines().map(|line| format!("{name}: {line}"))).collect()
    }

    /// What `fid` is, for people: FID, the same at an earlier layer, or of another encoder.
    pub(crate) fn name(&self) -> String {
        if let Some(encoder) = &self.encoder {
            return match &*self.preset {
                "own" => format!("FD {encoder}"),
                preset => format!("FD {encoder} ({preset})"),
            };
        }
        let earlier = [Tap::Pool64, Tap::Pool192, Tap::Pool768];
        match earlier.into_iter().find(|tap| self.tap.as_deref() == Some(tap.name())) {
            Some(tap) => format!("FID at {} features", tap.dim()),
            None => "FID".into(),
        }
    }

    /// A line for each selected metric, for people, such as `FID: 12.3456`.
    pub fn lines(&self) -> Vec<String> {
        let random = self.weights.as_ref().filter(|weights| weights.random);
        let odd = [
            random.map(|weights| format!("{} weights", weights.name)),
            (!is_standard(&self.precision)).then(|| self.precision.clone()),
        ];
        let odd = odd.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let note = if odd.is_empty() {
            odd
        } else {
            format!("  ({odd}: not comparable with published values)")
        };
        let fid = format!("{}: {:.4}{note}", self.name(), self.fid);
        let (first, metrics) = match self.suite {
            Some(suite) => (suite.lines(fid, &self.metrics), self.metrics.beside(suite)),
            None if self.requested.has(Metric::Fid) => (vec![fid], self.metrics.clone()),
            None => (Vec::new(), self.metrics.clone()),
        };
        let presets = self.presets.iter();
        let name = if self.encoder.is_none() { "FID" } else { "FD" };
        let presets = presets.map(|under| format!("{name} {:15} {:.4}", under.preset, under.fid));
        first.into_iter().chain(presets).chain(metrics.lines()).chain(self.images.lines()).collect()
    }
}

#[cfg(test)]
mod tests;
