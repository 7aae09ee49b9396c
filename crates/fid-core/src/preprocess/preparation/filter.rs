//! Pillow's filters by name.

use std::fmt;
use std::str::FromStr;

use super::PreparationError;
use crate::preprocess::steps::ResizeMode;

/// A filter of Pillow's `Image.resize`, on bytes: two passes, each rounded to bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PillowFilter {
    /// The nearest pixel.
    Nearest,
    /// The mean of the covered pixels.
    Box,
    /// The triangle filter.
    Bilinear,
    /// The sinc function under a Hamming window, as wide as the triangle filter.
    Hamming,
    /// Cubic convolution with `a = −½`.
    Bicubic,
    /// The windowed sinc function, three lobes wide: the filter of StyleGAN's `dataset_tool.py`.
    #[default]
    Lanczos,
}

impl PillowFilter {
    /// Every filter, in the order of Pillow's documentation.
    pub const ALL: &'static [Self] =
        &[Self::Nearest, Self::Box, Self::Bilinear, Self::Hamming, Self::Bicubic, Self::Lanczos];

    /// The name in arguments and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Box => "box",
            Self::Bilinear => "bilinear",
            Self::Hamming => "hamming",
            Self::Bicubic => "bicubic",
            Self::Lanczos => "lanczos",
        }
    }

    pub(super) fn mode(self) -> ResizeMode {
        match self {
            Self::Nearest => ResizeMode::PillowNearest,
            Self::Box => ResizeMode::PillowBox,
            Self::Bilinear => ResizeMode::PillowBilinear,
            Self::Hamming => ResizeMode::PillowHamming,
            Self::Bicubic => ResizeMode::PillowBicubic,
            Self::Lanczos => ResizeMode::PillowLanczos,
        }
    }
}

impl fmt::Display for PillowFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PillowFilter {
    type Err = PreparationError;

    fn from_str(name: &str) -> Result<Self, PreparationError> {
        Self::ALL.iter().copied().find(|filter| filter.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|filter| filter.name()).collect();
            PreparationError::UnknownFilter { name: name.into(), known: known.join(", ") }
        })
    }
}
