//! The tables of a batch's axes under one preset.

use burn::prelude::*;
use fid_core::{AxisTable, Preset};

use super::SIZE;
use super::batch::upload;

/// Source pixels and weights of every axis of a batch, one table behind the other; see
/// [`super::PackedBatch`] for the layout.
#[derive(Debug, Clone)]
pub(super) struct PresetTables {
    pub(super) preset: Preset,
    taps: Vec<u32>,
    weights: Vec<f32>,
}

impl PresetTables {
    pub(super) fn new(preset: Preset) -> Self {
        Self { preset, taps: Vec::new(), weights: Vec::new() }
    }

    /// The definition's table of an axis of `size` pixels.
    pub(super) fn axis(&self, size: usize) -> Result<AxisTable, fid_core::Error> {
        AxisTable::new(self.preset.resize(), self.preset.rounding(), size, SIZE)
    }

    /// Adds the table of an axis of `size` pixels: [`SIZE`] rows.
    pub(super) fn push(&mut self, axis: &AxisTable, size: usize) {
        for (at, &first) in axis.starts().iter().enumerate() {
            // Past the edge the definition reads the last pixel again: one pixel, both weights.
            let inside = (size - first as usize).min(axis.taps());
            let (weights, beyond) =
                axis.weights()[at * axis.taps()..][..axis.taps()].split_at(inside);
            self.taps.extend([first, inside as u32, self.weights.len() as u32]);
            self.weights.extend_from_slice(weights);
            if let Some(last) = self.weights.last_mut() {
                *last += beyond.iter().sum::<f32>();
            }
        }
    }

    /// The taps and the weights on a device.
    pub(super) fn upload(&self, device: &Device) -> (Tensor<1, Int>, Tensor<1>) {
        (upload(self.taps.clone(), device), Tensor::from_data(self.weights.as_slice(), device))
    }
}
