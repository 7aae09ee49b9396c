//! How large a file and an image may be.

use super::fault::Fault;

/// The longest side that [`Limits::default`] allows, in pixels.
pub const MAX_SIDE: u64 = 65_535;

/// The most pixels that [`Limits::default`] allows; Pillow warns of a decompression bomb above.
pub const MAX_PIXELS: u64 = 178_956_970;

/// The longest file that [`Limits::default`] allows, in bytes.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// Bounds on images. Sizes come from headers and are checked before memory is allocated for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest side, in pixels.
    pub max_side: u64,
    /// The most pixels of an image.
    pub max_pixels: u64,
    /// The longest file, in bytes. Files are read into memory whole.
    pub max_file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_side: MAX_SIDE, max_pixels: MAX_PIXELS, max_file_bytes: MAX_FILE_BYTES }
    }
}

impl Limits {
    /// Whether an image of this size may be decoded.
    pub fn allow(&self, width: u64, height: u64) -> bool {
        let pixels = width.checked_mul(height);
        width.max(height) <= self.max_side && pixels.is_some_and(|n| n <= self.max_pixels)
    }

    /// Checks a size from a header: no side is 0, and the limits allow it.
    pub(super) fn check(&self, width: u64, height: u64) -> Result<(usize, usize), Fault> {
        if width == 0 || height == 0 {
            return Err(Fault::damaged("its width or height is 0"));
        }
        if !self.allow(width, height) {
            let (max_side, max_pixels) = (self.max_side, self.max_pixels);
            return Err(Fault::TooLarge { width, height, max_side, max_pixels });
        }
        Ok((width as usize, height as usize))
    }
}
