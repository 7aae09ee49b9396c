//! The published recipes that turn an image into the network's input.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Height and width in pixels of the network's input.
pub const NETWORK_SIZE: usize = 299;

/// A recipe, named after the program that made it known. It expands to a [`ResizeMode`] and a
/// [`PixelScaling`]. Scores of different presets do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `pytorch-fid` (mseitzer): RGB, `x/255`, bilinear on the half-pixel grid without antialias,
    /// then `2x − 1`.
    PytorchFid,
}

impl Preset {
    /// Every preset, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[Self::PytorchFid];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::PytorchFid => "pytorch-fid",
        }
    }

    /// How the image gets to [`NETWORK_SIZE`].
    pub fn resize(self) -> ResizeMode {
        match self {
            Self::PytorchFid => ResizeMode::BilinearHalfPixel,
        }
    }

    /// How the values get to the network's range.
    pub fn scaling(self) -> PixelScaling {
        match self {
            Self::PytorchFid => PixelScaling::MinusOneToOne,
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

    /// Parses the exact name.
    ///
    /// # Errors
    /// [`Error::UnknownPreset`], which lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|preset| preset.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|preset| preset.name()).collect();
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
}

/// From u8 to the range the network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelScaling {
    /// `2·(v/255) − 1`: 0 → −1, 255 → 1.
    MinusOneToOne,
}

impl PixelScaling {
    /// Scales one value in 0..=255, which after a resize need not be whole.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::MinusOneToOne => 2.0 * (value / 255.0) - 1.0,
        }
    }
}
