//! What a batch takes on the device, counted without its images.

use fid_core::{Image8, Preset};

use super::{Lines, Passes, SIZE};

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
        Self { height: image.height(), width: image.width(), channels: image.channels() }
    }
}

/// Bytes of the largest buffer that a device needs for a batch of images of these sizes, apart from
/// the result.
#[derive(Debug, Clone, Copy)]
pub struct BatchBytes {
    preset: Preset,
    pub(super) pixels: usize,
    pub(super) lines: Lines,
}

impl BatchBytes {
    /// Of no images.
    pub fn new(preset: Preset) -> Self {
        Self { preset, pixels: 0, lines: Lines::default() }
    }

    /// With one more image.
    #[must_use]
    pub fn with(self, image: ImageSize) -> Self {
        let pixels = self.pixels + image.height * image.width * image.channels;
        Self { pixels, lines: self.lines.with(image), ..self }
    }

    /// The bytes: of the pixels, or of the intermediate of two passes.
    pub fn get(self) -> u64 {
        let intermediate = SIZE * self.lines.of(Passes::from(self.preset)) * size_of::<f32>();
        self.pixels.max(intermediate) as u64
    }
}
