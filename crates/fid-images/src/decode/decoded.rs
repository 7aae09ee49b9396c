//! The result of decoding a file.

use fid_core::{Image8, ImageSize};

use super::conversions::Conversions;
use super::format::Format;

/// A decoded image.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// `[height, width, channels]` u8: RGB, or one channel if the file holds gray.
    pub image: Image8,
    /// The file's format by its content; `None` for an image of an array.
    pub format: Option<Format>,
    /// Conversions that lost information.
    pub conversions: Conversions,
}

/// Facts about a decoded image besides its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFacts {
    /// Height, width and channels.
    pub size: ImageSize,
    /// Conversions that lost information.
    pub conversions: Conversions,
}

impl Decoded {
    /// Size and conversions.
    pub fn facts(&self) -> ImageFacts {
        ImageFacts { size: (&self.image).into(), conversions: self.conversions }
    }
}
