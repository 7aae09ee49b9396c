//! Images in memory.

use thiserror::Error;

/// An image of 8-bit samples, at least one pixel large.
///
/// The samples are row-major `[height, width, channels]` from the top left, without padding between
/// rows; `channels` is 1 (gray) or 3 (RGB).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image8 {
    height: usize,
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// Dimensions that no [`Image8`] has, or a number of samples that does not match them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "{samples} samples cannot be an image of height {height}, width {width} and {channels} \
     channels (1 or 3)"
)]
pub struct LengthMismatch {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// Samples per pixel.
    pub channels: usize,
    /// Number of samples given.
    pub samples: usize,
}

/// The dimensions of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSize {
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
    /// 1 for gray, 3 for RGB.
    pub channels: usize,
}

impl From<&Image8> for ImageSize {
    fn from(image: &Image8) -> Self {
        Self { height: image.height, width: image.width, channels: image.channels }
    }
}

impl Image8 {
    /// An image of `height · width · channels` samples, `[height, width, channels]`.
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

    /// Pixels from top to bottom.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Pixels from left to right.
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

    /// All samples, `[height, width, channels]`, without copying.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}
