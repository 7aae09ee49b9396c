//! Pixels in memory.

use thiserror::Error;

/// An image of 8-bit samples, at least one pixel large.
///
/// `[height, width, channels]`, row major from the top left; `channels` is 1 (gray) or 3 (RGB, in
/// that order). No padding between rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image8 {
    height: usize,
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// The number of samples is not what the dimensions ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "{samples} samples cannot be an image of height {height}, width {width} and {channels} \
     channels (1 or 3 are possible)"
)]
#[allow(missing_docs, reason = "the message says what the fields are")]
pub struct LengthMismatch {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub samples: usize,
}

/// The size of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSize {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
}

impl From<&Image8> for ImageSize {
    fn from(image: &Image8) -> Self {
        Self { height: image.height, width: image.width, channels: image.channels }
    }
}

impl Image8 {
    /// Takes `height · width · channels` samples.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if `pixels` has another length, if a side is 0, or if `channels` is
    /// neither 1 nor 3.
    pub fn new(
        height: usize,
        width: usize,
        channels: usize,
        pixels: Vec<u8>,
    ) -> Result<Self, LengthMismatch> {
        let expected = height.checked_mul(width).and_then(|n| n.checked_mul(channels));
        let possible = height > 0 && width > 0 && (channels == 1 || channels == 3);
        if possible && expected == Some(pixels.len()) {
            Ok(Self { height, width, channels, pixels })
        } else {
            Err(LengthMismatch { height, width, channels, samples: pixels.len() })
        }
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// 1 for gray, 3 for RGB.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All samples, `[height, width, channels]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All samples, `[height, width, channels]`, without a copy.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}
