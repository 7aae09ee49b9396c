//! A batch of images, decoded once and packed for each of the presets.

use std::ops::Range;

use fid_core::{Image8, Preset};
use fid_kernels::{BatchBytes, ImageSize, PackedBatch};

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

/// What a batch takes under each preset.
pub(super) struct PacksBytes(Vec<BatchBytes>);

impl PacksBytes {
    /// Of no images.
    pub(super) fn new(presets: &[Preset]) -> Self {
        Self(presets.iter().map(|&preset| BatchBytes::new(preset)).collect())
    }

    /// Bytes of the largest buffer, and of one under each preset together, with one more image.
    pub(super) fn with(&self, image: ImageSize) -> (u64, u64) {
        let bytes = self.0.iter().map(|bytes| bytes.with(image).get());
        bytes.fold((0, 0), |(largest, all), bytes| (largest.max(bytes), all + bytes))
    }

    /// Counts one more image.
    pub(super) fn add(&mut self, image: ImageSize) {
        self.0.iter_mut().for_each(|bytes| *bytes = bytes.with(image));
    }
}
