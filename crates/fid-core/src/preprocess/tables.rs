//! The tables of a batch's axes under one preset.

use crate::{AxisTable, Error, NETWORK_SIZE, Preset};

/// Source pixels and weights of every axis of a batch, one table behind the other; see
/// [`crate::PackedBatch`] for the layout.
#[derive(Debug, Clone)]
pub struct PresetTables {
    pub(super) preset: Preset,
    taps: Vec<u32>,
    weights: Vec<f32>,
}

impl PresetTables {
    pub(super) fn new(preset: Preset) -> Self {
        Self { preset, taps: Vec::new(), weights: Vec::new() }
    }

    /// The definition's table of an axis of `size` pixels.
    pub(super) fn axis(&self, size: usize) -> Result<AxisTable, Error> {
        AxisTable::new(self.preset.resize(), self.preset.rounding(), size, NETWORK_SIZE)
    }

    /// Adds the table of an axis of `size` pixels: [`NETWORK_SIZE`] rows.
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

    /// First pixel, number of pixels and first weight of each output position, `[rows,3]`.
    pub fn taps(&self) -> &[u32] {
        &self.taps
    }

    /// The weights of the pixels.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}
