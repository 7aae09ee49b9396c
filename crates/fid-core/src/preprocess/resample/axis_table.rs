//! Taps of one axis of a resize.

use std::ops::Range;

/// The taps of one image axis. A resize has two tables, one for the rows and one for the columns.
///
/// Tap `t` of output position `o` reads input position `min(starts[o] + t, input_size − 1)` with
/// the weight `weights[o·taps + t]`. The clamp is part of the definition: at the far edge bilinear
/// filters read the last pixel twice. Filters of varying width are padded with weights of zero. The
/// weights are those of the original program, not the ideal ones, as f32: exact for the bilinear
/// modes and for [`Rounding::ToBytes`](crate::Rounding::ToBytes), and otherwise Pillow's f64,
/// rounded. The weights of a position sum to 1 up to their rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTable {
    pub(super) input_size: usize,
    pub(super) taps: usize,
    pub(super) starts: Vec<u32>,
    pub(super) weights: Vec<f32>,
}

/// The sizes of an axis, and the output positions that a table is made for.
pub(super) struct Axis {
    pub(super) input_size: usize,
    pub(super) output_size: usize,
    pub(super) outputs: Range<usize>,
}

impl AxisTable {
    /// From the first input pixel and the weights of each output position.
    pub(super) fn from_positions(input_size: usize, positions: Vec<(usize, Vec<f32>)>) -> Self {
        let taps = positions.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        let mut table = Vec::with_capacity(taps * positions.len());
        for (output, (_, weights)) in positions.iter().enumerate() {
            table.extend(weights);
            table.resize((output + 1) * taps, 0.0);
        }
        let starts = positions.iter().map(|&(first, _)| first as u32).collect();
        Self { input_size, taps, starts, weights: table }
    }

    /// Pixels along the input axis.
    pub fn input_size(&self) -> usize {
        self.input_size
    }

    /// Pixels along the output axis.
    pub fn output_size(&self) -> usize {
        self.starts.len()
    }

    /// Number of taps of each output position.
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// First input position of each output position: `[output_size]`, each below `input_size`.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// Weights: `[output_size, taps]`, row-major.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// For the test that a changed weight is noticed.
    #[cfg(test)]
    pub(crate) fn weights_mut(&mut self) -> &mut [f32] {
        &mut self.weights
    }

    /// Input position and weight of each tap of an output position; empty if `output` is outside
    /// the axis.
    pub fn taps_of(&self, output: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let start = self.starts.get(output).map_or(0, |&start| start as usize);
        let weights = self.weights.chunks_exact(self.taps).nth(output).unwrap_or_default();
        let last = self.input_size - 1;
        weights.iter().enumerate().map(move |(tap, &weight)| ((start + tap).min(last), weight))
    }
}
