//! A batch of images, decoded once and packed for each of the presets.

use std::ops::Range;

use fid_core::{Image8, Preset};
use fid_kernels::PackedBatch;

/// The same images for each of several presets, in their order.
pub(super) struct Packs(Vec<PackedBatch>);

impl Packs {
    /// An empty batch for each preset, of which there is one at least.
    pub(super) fn new(presets: &[Preset]) -> Self {
        Self(presets.iter().map(|&preset| PackedBatch::new(preset)).collect())
    }

    /// Number of images.
    pub(super) fn len(&self) -> usize {
        self.0.first().map_or(0, PackedBatch::len)
    }

    /// Adds an image.
    pub(super) fn push(&mut self, image: &Image8) -> Result<(), fid_core::Error> {
        self.0.iter_mut().try_for_each(|pack| pack.push(image))
    }

    /// The images at `range`, which lies within the batch.
    pub(super) fn slice(&self, range: Range<usize>) -> Self {
        Self(self.0.iter().map(|pack| pack.slice(range.clone())).collect())
    }

    /// The batch of each preset.
    pub(super) fn iter(&self) -> impl Iterator<Item = &PackedBatch> {
        self.0.iter()
    }
}
