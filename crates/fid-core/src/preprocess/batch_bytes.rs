//! What a batch takes on the device, counted without its images.

use super::plan::{Lines, Passes};
use crate::{ImageSize, NETWORK_SIZE, Preset};

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
        let intermediate = NETWORK_SIZE * lines.unwrap_or(0) * size_of::<f32>();
        self.pixels.max(intermediate) as u64
    }
}
