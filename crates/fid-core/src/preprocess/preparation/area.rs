//! Sizes that people name.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use super::PreparationError;

/// Width and height in pixels, each from 1 to 65535. As text `256x128`; `256` alone is a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Pixels from left to right.
    pub width: NonZeroU16,
    /// Pixels from top to bottom.
    pub height: NonZeroU16,
}

/// The size that a resize gives. As text `256` or `256x128`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResizeTo {
    /// The shorter side gets this many pixels, and the longer one `⌊side·longer/shorter⌋`, as
    /// torchvision's `Resize(side)` resizes.
    Shorter(NonZeroU16),
    /// Exactly this size, whatever the shape of the image, as torchvision's
    /// `Resize((height, width))` resizes.
    Exact(Area),
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.width, self.height) {
            (width, height) if width == height => width.fmt(f),
            (width, height) => write!(f, "{width}x{height}"),
        }
    }
}

impl FromStr for Area {
    type Err = PreparationError;

    fn from_str(text: &str) -> Result<Self, PreparationError> {
        match text.parse()? {
            ResizeTo::Shorter(side) => Ok(Self { width: side, height: side }),
            ResizeTo::Exact(area) => Ok(area),
        }
    }
}

impl fmt::Display for ResizeTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shorter(side) => side.fmt(f),
            Self::Exact(Area { width, height }) => write!(f, "{width}x{height}"),
        }
    }
}

impl FromStr for ResizeTo {
    type Err = PreparationError;

    fn from_str(text: &str) -> Result<Self, PreparationError> {
        let side = |side: &str| {
            // `parse` would accept a sign.
            let digits = side.bytes().all(|byte| byte.is_ascii_digit());
            let side = digits.then(|| side.parse().ok()).flatten();
            side.ok_or_else(|| PreparationError::Size { text: text.into() })
        };
        match text.split_once('x') {
            None => Ok(Self::Shorter(side(text)?)),
            Some((width, height)) => {
                Ok(Self::Exact(Area { width: side(width)?, height: side(height)? }))
            }
        }
    }
}
