//! The definition of resizing: for each output position, which input pixels with which weights.

mod antialias;
mod bilinear;
mod nearest;
mod pillow;
mod reference;

pub use reference::reference_preprocess;

use crate::{Error, ResizeMode, Rounding};

/// Largest axis: above it f32 cannot tell neighbouring pixels apart.
const MAX_AXIS: usize = 1 << 24;

/// The taps of one image axis. A resize is two of them, one for the rows and one for the columns.
///
/// Tap `t` of output position `o` reads input position `min(starts[o] + t, input_size − 1)` and
/// weighs it with `weights[o·taps + t]`. The clamp is part of the definition: at the far edge
/// bilinear filters read the last pixel twice. Filters of varying width are filled up with weights
/// of zero. Weights are those that the original program computes, not the ideal ones, in f32, which
/// is exact for the bilinear modes and for rounded bytes and rounds Pillow's f64 otherwise; a position's
/// weights sum to 1 within the roundings of its taps.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTable {
    input_size: usize,
    taps: usize,
    starts: Vec<u32>,
    weights: Vec<f32>,
}

impl AxisTable {
    /// Builds the table for an axis of `input_size` pixels, resized to `output_size`.
    ///
    /// # Errors
    /// [`Error::AxisSize`] if a size is 0 or above 2²⁴.
    pub fn new(
        mode: ResizeMode,
        rounding: Rounding,
        input_size: usize,
        output_size: usize,
    ) -> Result<Self, Error> {
        let allowed = 1..=MAX_AXIS;
        if !allowed.contains(&input_size) || !allowed.contains(&output_size) {
            return Err(Error::AxisSize { input: input_size, output: output_size });
        }
        let filter = match mode {
            ResizeMode::BilinearHalfPixel => {
                return Ok(bilinear::half_pixel(input_size, output_size));
            }
            ResizeMode::BilinearTf1 => return Ok(bilinear::tf1(input_size, output_size)),
            ResizeMode::BilinearGridSample => {
                return Ok(bilinear::grid_sample(input_size, output_size));
            }
            ResizeMode::BilinearAntialias => return Ok(antialias::torch(input_size, output_size)),
            ResizeMode::PillowNearest => return Ok(nearest::pillow(input_size, output_size)),
            ResizeMode::PillowBox => &pillow::BOX,
            ResizeMode::PillowBilinear => &pillow::TRIANGLE,
            ResizeMode::PillowBicubic => &pillow::KEYS,
            ResizeMode::PillowLanczos => &pillow::LANCZOS,
        };
        Ok(pillow::table(filter, rounding, input_size, output_size))
    }

    /// From the first pixel and the weights of each output position.
    fn from_positions(input_size: usize, positions: Vec<(usize, Vec<f32>)>) -> Self {
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

    /// Taps for each output position.
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

    /// For the test that a spoiled table is noticed.
    #[cfg(test)]
    pub(crate) fn weights_mut(&mut self) -> &mut [f32] {
        &mut self.weights
    }

    /// Input position and weight of each tap of one output position; empty outside of the axis.
    pub fn taps_of(&self, output: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let start = self.starts.get(output).map_or(0, |&start| start as usize);
        let weights = self.weights.chunks_exact(self.taps).nth(output).unwrap_or_default();
        let last = self.input_size - 1;
        weights.iter().enumerate().map(move |(tap, &weight)| ((start + tap).min(last), weight))
    }
}
