//! The tables of a batch's axes under one preset.

use super::packed::Tables;
use crate::{AxisTable, Preset};

/// Source pixels and weights of every axis of a batch under one preset, table after table.
/// [`PackedBatch`](super::PackedBatch) documents the layout.
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

    /// Appends the table of an axis of `size` pixels: `rows` rows, of which those beyond the side
    /// of the preset's output are empty.
    pub(super) fn push(&mut self, axis: &AxisTable, size: usize, rows: usize) {
        for (at, &first) in axis.starts().iter().enumerate() {
            // Past the edge the definition repeats the last pixel; here that pixel takes the
            // weights of its repetitions.
            let inside = (size - first as usize).min(axis.taps());
            let (weights, beyond) =
                axis.weights()[at * axis.taps()..][..axis.taps()].split_at(inside);
            self.taps.extend([first, inside as u32, self.weights.len() as u32]);
            self.weights.extend_from_slice(weights);
            if let Some(last) = self.weights.last_mut() {
                *last += beyond.iter().sum::<f32>();
            }
        }
        let empty = rows - axis.output_size();
        self.taps.resize(self.taps.len() + 3 * empty, 0);
    }

    /// First source pixel, number of source pixels and first weight of each output position,
    /// `[rows,3]`.
    pub fn taps(&self) -> &[u32] {
        &self.taps
    }

    /// The weights of the source pixels that [`Self::taps`] lists.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    pub(super) fn as_tables(&self) -> Tables<'_> {
        Tables { taps: &self.taps, weights: &self.weights }
    }
}
