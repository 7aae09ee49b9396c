//! Device memory of a batch, from the sizes of its images.

use super::plan::{Lines, Passes};
use crate::{ImageSize, Preset};

/// The device memory that a batch of some images takes, computed before any of them is decoded.
#[derive(Debug, Clone, Copy, Default)]
pub struct BatchBytes {
    pub(super) pixels: usize,
    pub(super) lines: Lines,
}

impl BatchBytes {
    /// Adds an image to a batch for `presets`.
    #[must_use]
    pub fn with(self, image: ImageSize, presets: &[Preset]) -> Self {
        let pixels = self.pixels + image.height * image.width * image.channels;
        Self { pixels, lines: self.lines.with(image, presets.iter().copied()) }
    }

    /// Bytes of the largest buffer under any of `presets`, apart from the output: the pixels, or
    /// the intermediate of two passes.
    pub fn get(self, presets: &[Preset]) -> u64 {
        let values = |&preset: &Preset| preset.side() * self.lines.of(Passes::from(preset));
        let intermediate = presets.iter().map(values).max().unwrap_or(0) * size_of::<f32>();
        self.pixels.max(intermediate) as u64
    }
}
