//! The encoders: networks whose features are compared.

use std::fmt;
#[cfg(feature = "onnx")]
use std::path::Path;
use std::str::FromStr;
#[cfg(feature = "onnx")]
use std::sync::Arc;

use fid_core::{FEATURE_DIM, Metric, Preset, Tap};
use fid_weights::hub::{Published, entry};
use fid_weights::vit::VitSpec;

#[cfg(feature = "onnx")]
use fid_onnx::OwnInput;

use crate::Error;
use crate::metrics::{MetricSet, needs_inception};
#[cfg(feature = "onnx")]
use crate::own_encoder::OwnEncoder;
use crate::provenance::INCEPTION;

/// A network that turns images into features. As text the name: `inception` or one of
/// [`VitSpec::ALL`].
///
/// ```
/// use fid_gpu::Encoder;
///
/// let encoder: Encoder = "dinov2-l14".parse()?;
/// assert_eq!(encoder.presets()[0].name(), "dgm-eval");
/// assert_eq!(encoder.features(), 1024);
/// # Ok::<(), fid_gpu::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Encoder {
    /// The Inception-v3 that FID is defined by.
    #[default]
    Inception,
    /// A vision transformer.
    Vit(&'static VitSpec),
    /// A model of the user's.
    #[cfg(feature = "onnx")]
    Onnx(Arc<OwnEncoder>),
}

impl Encoder {
    /// Every encoder, in the order in which they are listed to people.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Inception).chain(VitSpec::ALL.iter().map(Self::Vit))
    }

    /// Opens an ONNX model of one input of images as an encoder. What is not in `input` is taken from the
    /// model.
    ///
    /// # Errors
    ///
    /// [`Error::Onnx`], which names the file and what is wrong.
    #[cfg(feature = "onnx")]
    pub fn onnx(path: &Path, input: &OwnInput) -> Result<Self, Error> {
        OwnEncoder::open(path, input).map(|own| Self::Onnx(Arc::new(own)))
    }

    /// The name in arguments, reports and files; of a model with everything that shapes its numbers besides the file.
    pub fn name(&self) -> &str {
        match self {
            Self::Inception => INCEPTION,
            Self::Vit(spec) => spec.name,
            #[cfg(feature = "onnx")]
            Self::Onnx(own) => &own.name,
        }
    }

    /// How images become its input; the first is the default.
    pub fn presets(&self) -> &[Preset] {
        match self {
            Self::Inception => Preset::INCEPTION,
            Self::Vit(spec) => spec.presets,
            #[cfg(feature = "onnx")]
            Self::Onnx(own) => &own.presets,
        }
    }

    /// Number of features that distances compare.
    pub fn features(&self) -> usize {
        match self {
            Self::Inception => FEATURE_DIM,
            Self::Vit(spec) => spec.features(),
            #[cfg(feature = "onnx")]
            Self::Onnx(own) => own.features(),
        }
    }

    /// What statistics files of this encoder have, in words.
    pub(crate) fn statistics(&self) -> String {
        match self {
            Self::Inception => {
                "Inception-v3 has 2048, or 768, 192 and 64 at earlier layers".to_owned()
            }
            other => format!("{other} has {}", other.features()),
        }
    }

    /// The layers of Inception whose statistics can be compared, by their number of features; of
    /// another network only its features.
    pub(crate) fn layer_of(&self, dim: usize) -> Option<Tap> {
        match self {
            Self::Inception => [Tap::Pool3, Tap::Pool768, Tap::Pool192, Tap::Pool64]
                .into_iter()
                .find(|layer| layer.dim() == dim),
            _ => (self.features() == dim).then_some(Tap::Pool3),
        }
    }

    /// Its published weights.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownEncoder`] for a model of the user's, which has its own.
    pub(crate) fn published(&self) -> Result<&'static Published, Error> {
        entry(self.name()).ok_or_else(|| unknown(self.name()))
    }

    /// The name that files record; `None` for Inception, as files have that were made before there
    /// were others.
    pub(crate) fn recorded(&self) -> Option<String> {
        (*self != Self::Inception).then(|| self.name().to_owned())
    }

    /// Checks that every metric can be computed from the features, and that the presets are this
    /// encoder's.
    ///
    /// # Errors
    ///
    /// [`Error::NeedsInception`], [`Error::OtherEncodersPreset`].
    pub(crate) fn require(&self, metrics: &MetricSet, presets: &[Preset]) -> Result<(), Error> {
        if let Some(&preset) = presets.iter().find(|preset| !self.presets().contains(preset)) {
            return Err(Error::OtherEncodersPreset {
                preset: preset.name(),
                encoder: self.to_string(),
            });
        }
        let needs = |metric: &Metric| needs_inception(*metric);
        match metrics.iter().find(needs).filter(|_| *self != Self::Inception) {
            Some(metric) => Err(Error::NeedsInception { metric, encoder: self.to_string() }),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Encoder {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::all().find(|encoder| encoder.name() == name).ok_or_else(|| unknown(name))
    }
}

fn unknown(name: &str) -> Error {
    let known: Vec<_> = Encoder::all().map(|encoder| encoder.to_string()).collect();
    Error::UnknownEncoder { name: name.into(), known: known.join(", ") }
}
