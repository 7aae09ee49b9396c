//! The result of decoding a file.

use fid_core::{Image8, ImageSize};

use super::conversions::Conversions;
use super::format::Format;
use crate::pixels::PixelSummary;

/// A decoded image.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// `[height, width, channels]` u8: RGB, or one channel if the file holds gray.
    pub image: Image8,
    /// The file's format by its content; `None` for an image of an array.
    pub format: Option<Format>,
    /// Whether the file's compression changed the pixels: JPEG, and lossy WebP.
    pub lossy: bool,
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
    /// As [`Decoded::format`].
    pub format: Option<Format>,
    /// As [`Decoded::lossy`].
    pub lossy: bool,
    /// A summary of the pixels.
    pub pixels: PixelSummary,
}

impl ImageFacts {
    /// The facts about an image that is of no file.
    pub fn of(image: &Image8) -> Self {
        Self {
            size: image.into(),
            conversions: Conversions::default(),
            format: None,
            lossy: false,
            pixels: PixelSummary::of(image),
        }
    }
}

impl Decoded {
    /// Size, conversions, format and a summary of the pixels, for which it reads all of them.
    pub fn facts(&self) -> ImageFacts {
        let Self { image, format, lossy, conversions } = self;
        let (format, lossy, conversions) = (*format, *lossy, *conversions);
        ImageFacts { conversions, format, lossy, ..ImageFacts::of(image) }
    }
}
