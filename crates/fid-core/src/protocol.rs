//! The published recipes that turn an image into the network's input.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Height and width in pixels of the network's input.
pub const NETWORK_SIZE: usize = 299;

/// A recipe, named after the program that made it known. It expands to a [`ResizeMode`], an
/// [`Overshoot`] and a [`PixelScaling`]. Scores of different presets do not compare.
/// `docs/PROTOCOLS.md` puts them side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `pytorch-fid` (mseitzer): RGB, `x/255`, bilinear on the half-pixel grid without antialias,
    /// then `2x − 1`.
    PytorchFid,
    /// `torch-fidelity` (toshas): RGB, the bilinear resize that TensorFlow 1 ran inside its Inception
    /// graph, then `(x − 128)/128`. The same graph is in the original FID code (`ttur`) and in the
    /// evaluator of guided diffusion (`adm`), whose names are accepted too.
    TorchFidelity,
    /// `clean-fid` (Parmar et al.), its mode "clean": RGB, Pillow's antialiased bicubic filter on
    /// unrounded values, cut to 0..=255, then `(x − 128)/128`.
    Clean,
}

/// Names that mean a preset under which it is also known.
const ALIASES: [(&str, Preset); 2] =
    [("ttur", Preset::TorchFidelity), ("adm", Preset::TorchFidelity)];

impl Preset {
    /// Every preset, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[Self::PytorchFid, Self::TorchFidelity, Self::Clean];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::PytorchFid => "pytorch-fid",
            Self::TorchFidelity => "torch-fidelity",
            Self::Clean => "clean",
        }
    }

    /// How the image gets to [`NETWORK_SIZE`].
    pub fn resize(self) -> ResizeMode {
        match self {
            Self::PytorchFid => ResizeMode::BilinearHalfPixel,
            Self::TorchFidelity => ResizeMode::BilinearTf1,
            Self::Clean => ResizeMode::PillowBicubic,
        }
    }

    /// What happens to resized values outside of 0..=255.
    pub fn overshoot(self) -> Overshoot {
        match self {
            Self::PytorchFid | Self::TorchFidelity => Overshoot::Keep,
            Self::Clean => Overshoot::Clip,
        }
    }

    /// How the values get to the network's range.
    pub fn scaling(self) -> PixelScaling {
        match self {
            Self::PytorchFid => PixelScaling::MinusOneToOne,
            Self::TorchFidelity | Self::Clean => PixelScaling::CenteredOn128,
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Parses an exact name or one of the aliases `ttur` and `adm`.
    ///
    /// # Errors
    /// [`Error::UnknownPreset`], which lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        let names = Self::ALL.iter().map(|&preset| (preset.name(), preset)).chain(ALIASES);
        let found = names.clone().find(|&(known, _)| known == name);
        found.map(|(_, preset)| preset).ok_or_else(|| {
            let known: Vec<_> = names.map(|(known, _)| known).collect();
            Error::UnknownPreset { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// Sampling grid, filter and edge rule of the resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResizeMode {
    /// Two taps, no antialias; `src = max((dst + ½)·in/out − ½, 0)`, each operation rounded to f32;
    /// the upper tap is clamped at the far edge. PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)` on contiguous NCHW tensors.
    BilinearHalfPixel,
    /// Two taps, no antialias; `src = dst·(in/out)` in f32, so that output 0 sits on pixel 0 and the
    /// far edge is never reached; the upper tap is clamped there. TensorFlow 1's
    /// `ResizeBilinear` with `align_corners=False`, in PyTorch torch-fidelity's
    /// `interpolate_bilinear_2d_like_tensorflow1x`.
    BilinearTf1,
    /// The cubic convolution filter with `a = −½` on the half-pixel grid, four taps where it
    /// enlarges; where it shrinks it is stretched by `in/out`, which is the antialias. Weights are
    /// normalised over the taps that lie in the image. Pillow's `resize(…, BICUBIC)`.
    PillowBicubic,
}

/// What happens to values that a resize has carried out of 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overshoot {
    /// They stay; for filters without negative weights there are none.
    Keep,
    /// They are set to the nearer end. Nothing is rounded to whole numbers.
    Clip,
}

impl Overshoot {
    /// The smallest and the largest value that may come out.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Keep => (f64::MIN, f64::MAX),
            Self::Clip => (0.0, 255.0),
        }
    }

    /// Treats one value.
    pub fn apply(self, value: f64) -> f64 {
        let (low, high) = self.range();
        value.clamp(low, high)
    }
}

/// From u8 to the range the network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelScaling {
    /// `2·(v/255) − 1`: 0 → −1, 255 → 1.
    MinusOneToOne,
    /// `(v − 128)/128`: 0 → −1, 255 → 0.9921875. The first step of TensorFlow's Inception graph.
    CenteredOn128,
}

impl PixelScaling {
    /// Scales one value in 0..=255, which after a resize need not be whole.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::MinusOneToOne => 2.0 * (value / 255.0) - 1.0,
            Self::CenteredOn128 => (value - 128.0) / 128.0,
        }
    }
}
