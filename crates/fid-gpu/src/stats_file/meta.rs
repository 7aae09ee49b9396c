//! How statistics were made, as the file keeps it.

use fid_core::{Precision, Preset};
use serde::{Deserialize, Serialize};

use super::{FileRange, MemberProblem};
use crate::report::{Versions, WeightsReport};

/// The version of [`StatsMeta`] that is written, and the latest that is read.
pub const FORMAT: u64 = 1;

/// More images than this nobody has; sums of such numbers do not overflow.
const MAX_IMAGES: u64 = 1 << 48;

/// How the statistics in a file were made: the member `fidgpu_meta`, JSON in UTF-8.
///
/// What merged files do not have in common is listed with commas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatsMeta {
    /// [`FORMAT`].
    pub format: u64,
    /// Number of images.
    pub images: u64,
    /// The covariance's divisor is the number of images minus this: always 1.
    pub ddof: u64,
    /// What must be equal in what is compared.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// What decoded the images.
    pub decoder: String,
    /// The programs.
    pub versions: Versions,
    /// Where the network ran.
    pub device: String,
    /// The place in the network that `mu_s` and `sigma_s` are of; none in files without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tap_s: Option<String>,
    /// Which images.
    pub files: Vec<FileRange>,
}

/// What must be equal in two sets for their distance to mean anything. What is not known is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recipe {
    /// Name of the preset.
    pub preset: String,
    /// The network's weights.
    pub weights: Option<WeightsReport>,
    /// The place in the network the features are from.
    pub tap: Option<String>,
    /// The numbers that the network was computed in. Files that do not say are of f32, as those of
    /// other programs are.
    #[serde(default = "standard")]
    pub precision: String,
}

impl Recipe {
    /// Of a file that does not say: what its owner says.
    pub(crate) fn assumed(preset: Preset) -> Self {
        Self { preset: preset.to_string(), weights: None, tap: None, precision: standard() }
    }

    /// What differs, as phrases such as `preset 'a' and preset 'b'`; empty where nothing is known
    /// to differ. Weights are the same where their hash is: the name is only a name.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
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
            differences.push(format!("--precision {a} and --precision {b}"));
        }
        differences
    }
}

/// The precision of what does not say it.
pub(crate) fn standard() -> String {
    Precision::F32.to_string()
}

/// Whether a precision is that of published values.
pub(crate) fn is_standard(precision: &str) -> bool {
    precision == Precision::F32.name()
}

/// The preset that a name or an alias means. A name of a later version stands for itself.
fn canonical(preset: &str) -> &str {
    preset.parse::<Preset>().map_or(preset, |known| known.name())
}

/// The part that is read before all else, since the rest may have changed.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

impl StatsMeta {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, MemberProblem> {
        let bad = |error: serde_json::Error| MemberProblem::Meta { message: error.to_string() };
        let Format { format } = serde_json::from_slice(json).map_err(bad)?;
        if format > FORMAT {
            return Err(MemberProblem::MetaVersion { found: format, known: FORMAT });
        }
        let meta: Self = serde_json::from_slice(json).map_err(bad)?;
        if meta.ddof != 1 {
            let message = format!("ddof is {}, and only 1 is known", meta.ddof);
            return Err(MemberProblem::Meta { message });
        }
        if !(2..=MAX_IMAGES).contains(&meta.images) {
            let message = format!("{} is no number of images", meta.images);
            return Err(MemberProblem::Meta { message });
        }
        Ok(meta)
    }
}

#[cfg(test)]
mod tests {
    use super::StatsMeta;

    #[test]
    fn a_file_that_does_not_say_its_precision_is_of_f32() {
        let json = |precision: &str| {
            format!(
                r#"{{"format":1,"images":3,"ddof":1,"preset":"clean","weights":null,"tap":null,
                "decoder":"","versions":{{"fid_gpu":"","burn":""}},"device":"cpu"{precision},"files":[]}}"#
            )
        };
        let read = |json: String| StatsMeta::from_json(json.as_bytes()).unwrap().recipe;
        let [silent, told] = ["", r#","precision":"bf16""#].map(|part| read(json(part)));
        assert_eq!(silent.precision, "f32");
        let difference = ["--precision f32 and --precision bf16"];
        assert_eq!(silent.differences(&told), difference);
        assert!(told.differences(&told).is_empty());
    }
}
