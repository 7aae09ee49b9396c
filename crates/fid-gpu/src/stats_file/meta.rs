//! Provenance of statistics, as the file stores it.

use fid_core::{Precision, Preparation, Preset, Tap};
use serde::{Deserialize, Serialize};

use super::{FileRange, MemberProblem};
use crate::by_name;
use crate::census::Census;
use crate::encoder::Encoder;
use crate::provenance::{INCEPTION, Versions, WeightsReport};
use crate::samples::Sampled;

/// The latest version of [`StatsMeta`] that is read. Version 2 is written for prepared images, which
/// readers of version 1 would take for unprepared ones, and for other encoders than Inception;
/// otherwise 1.
pub const FORMAT: u64 = 2;

/// The decoder of this version.
const DECODER: &str = concat!("fid-gpu ", env!("CARGO_PKG_VERSION"));

/// Nobody has more images; sums of such numbers do not overflow.
const MAX_IMAGES: u64 = 1 << 48;

/// Provenance of the statistics in a file: the member `fidgpu_meta`, JSON in UTF-8.
///
/// In a merged file, texts that differ between the parts are joined by commas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatsMeta {
    /// The version, at most [`FORMAT`].
    pub format: u64,
    /// Number of images.
    pub images: u64,
    /// The covariance's divisor is the number of images minus this: always 1.
    pub ddof: u64,
    /// How the features were made.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Program that decoded the images, with its version.
    pub decoder: String,
    /// Versions of the programs.
    pub versions: Versions,
    /// Device of the network.
    pub device: String,
    /// Layer of `mu_s` and `sigma_s`; `None` in files without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tap_s: Option<String>,
    /// The random subset that the images are; `None` for whole sets, and for merged files of several
    /// subsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Sampled>,
    /// What the images are; `None` in files of earlier versions, and for features without images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub census: Option<Census>,
    /// Whether the file was asked to keep the features of every image, also of many.
    #[serde(default, skip_serializing_if = "is_false")]
    pub features: bool,
    /// The images, as ranges of their sets' lists.
    pub files: Vec<FileRange>,
}

/// How features were made: equal in two sets whose distance means anything, but for the preparation,
/// which a comparison names for each side. Unknown parts are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recipe {
    /// Name of the encoder; `None` for Inception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// Name of the preset.
    pub preset: String,
    /// The network's weights.
    pub weights: Option<WeightsReport>,
    /// Layer of the features.
    pub tap: Option<String>,
    /// Precision of the network. Files that do not record it were made in f32, like those of other
    /// programs.
    #[serde(default = "standard")]
    pub precision: String,
    /// What was done to the images before the preset.
    #[serde(default, skip_serializing_if = "Preparation::is_none", with = "by_name")]
    pub preparation: Preparation,
}

impl StatsMeta {
    /// The origin of features from memory, of no image yet.
    pub(crate) fn in_memory(recipe: Recipe) -> Self {
        Self {
            format: recipe.format(),
            images: 0,
            ddof: 1,
            recipe,
            decoder: DECODER.into(),
            versions: Versions::default(),
            device: "unknown".into(),
            tap_s: None,
            samples: None,
            census: None,
            features: false,
            files: Vec::new(),
        }
    }
}

impl Recipe {
    /// The recipe of a file without provenance, by the preset and the preparation that its owner
    /// names and the layer that has so many features.
    pub(crate) fn assumed(
        encoder: &Encoder,
        preset: Preset,
        layer: Tap,
        preparation: Preparation,
    ) -> Self {
        let (preset, tap) = (preset.to_string(), Some(layer.name().to_owned()));
        let encoder = encoder.recorded();
        let tap = tap.filter(|_| encoder.is_none());
        Self { encoder, preset, weights: None, tap, precision: standard(), preparation }
    }

    /// The recipe but for the preparation, which each side of a comparison has for itself.
    pub(crate) fn unprepared(&self) -> Self {
        Self { preparation: Preparation::default(), ..self.clone() }
    }

    /// The version of provenance with this recipe.
    pub(crate) fn format(&self) -> u64 {
        if self.preparation.is_none() && self.encoder.is_none() { 1 } else { FORMAT }
    }

    /// The differences, as phrases such as `preset a and preset b`; empty if no difference is known.
    /// Weights are compared by hash.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let encoder = |recipe: &Self| recipe.encoder.clone().unwrap_or_else(|| INCEPTION.into());
        if self.encoder != other.encoder {
            differences.push(format!("encoder {} and encoder {}", encoder(self), encoder(other)));
        }
        if canonical(&self.preset) != canonical(&other.preset) {
            differences.push(format!("preset {} and preset {}", self.preset, other.preset));
        }
        if let (Some(a), Some(b)) = (&self.weights, &other.weights)
            && a.sha256 != b.sha256
        {
            let name = |w: &WeightsReport| format!("{} ({:.12}…)", w.name, w.sha256);
            differences.push(format!("weights {} and weights {}", name(a), name(b)));
        }
        if let (Some(a), Some(b)) = (&self.tap, &other.tap)
            && a != b
        {
            differences.push(format!("features of {a} and features of {b}"));
        }
        if self.precision != other.precision {
            let (a, b) = (&self.precision, &other.precision);
            differences.push(format!("precision {a} and precision {b}"));
        }
        if self.preparation != other.preparation {
            let (a, b) = (&self.preparation, &other.preparation);
            differences.push(format!("preparation '{a}' and preparation '{b}'"));
        }
        differences
    }
}

/// The precision of files and reports that do not record one.
pub(crate) fn standard() -> String {
    Precision::F32.to_string()
}

/// Whether FID in this precision may be compared with published values.
pub(crate) fn is_standard(precision: &str) -> bool {
    precision == Precision::F32.name()
}

/// The preset's name for a name or an alias. Unknown names, of later versions, are kept.
fn canonical(preset: &str) -> &str {
    preset.parse::<Preset>().map_or(preset, |known| known.name())
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The part that is read first, since later versions may change the rest.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

impl StatsMeta {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, MemberProblem> {
        let Format { format } = serde_json::from_slice(json).map_err(MemberProblem::Json)?;
        if format > FORMAT {
            return Err(MemberProblem::MetaVersion { found: format, known: FORMAT });
        }
        let meta: Self = serde_json::from_slice(json).map_err(MemberProblem::Json)?;
        if meta.ddof != 1 {
            let message = format!("ddof is {}, and only 1 is known", meta.ddof);
            return Err(MemberProblem::Meta { message });
        }
        if !(2..=MAX_IMAGES).contains(&meta.images) {
            let message = format!("{} images are impossible", meta.images);
            return Err(MemberProblem::Meta { message });
        }
        Ok(meta)
    }
}

#[cfg(test)]
mod tests {
    use super::StatsMeta;

    #[test]
    fn files_without_a_precision_are_f32() {
        let json = |precision: &str| {
            format!(
                r#"{{"format":1,"images":3,"ddof":1,"preset":"clean","weights":null,"tap":null,
                "decoder":"","versions":{{"fid_gpu":"","burn":""}},"device":"cpu"{precision},"files":[]}}"#
            )
        };
        let read = |json: String| StatsMeta::from_json(json.as_bytes()).unwrap().recipe;
        let [silent, half] = ["", r#","precision":"f16""#].map(|part| read(json(part)));
        assert_eq!(silent.precision, "f32");
        let difference = ["precision f32 and precision f16"];
        assert_eq!(silent.differences(&half), difference);
        assert!(half.differences(&half).is_empty());
    }
}
