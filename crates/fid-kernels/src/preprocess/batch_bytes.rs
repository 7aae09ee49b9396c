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

/// What images of these sizes take together on a device.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchBytes {
    pub(super) pixels: usize,
    pub(super) lines: Lines,
}

impl BatchBytes {
    /// With one more image.
    #[must_use]
    pub fn with(self, image: ImageSize) -> Self {
        let pixels = self.pixels + image.height * image.width * image.channels;
        Self { pixels, lines: self.lines.with(image) }
    }

    /// Bytes of the largest buffer that is needed under any of these presets, apart from the result: of
    /// the pixels, or of the intermediate of two passes.
    pub fn get(self, presets: &[Preset]) -> u64 {
        let lines = presets.iter().map(|&preset| self.lines.of(Passes::from(preset))).max();
        let intermediate = SIZE * lines.unwrap_or(0) * size_of::<f32>();
        self.pixels.max(intermediate) as u64
    }
}
