//! The table of each resize mode.

use std::ops::Range;

use super::axis_table::{Axis, AxisTable};
use super::{antialias, bilinear, nearest, pillow};
use crate::error::Error;
use crate::preprocess::preset::Preset;
use crate::preprocess::steps::{Centre, Fit, ResizeMode, Rounding};

/// Largest axis in pixels: above it f32 cannot tell neighbouring pixels apart.
const MAX_AXIS: usize = 1 << 24;

impl AxisTable {
    /// The table of an axis of `input_size` pixels, resized to `output_size`.
    ///
    /// # Errors
    /// [`Error::AxisSize`] if a size is 0 or above 2²⁴.
    pub fn new(
        mode: ResizeMode,
        rounding: Rounding,
        input_size: usize,
        output_size: usize,
    ) -> Result<Self, Error> {
        Self::part(mode, rounding, [input_size, output_size], 0..output_size)
    }

    /// The table of one axis of an image under a preset: `size` pixels long, while the other axis
    /// has `other`.
    ///
    /// # Errors
    /// [`Error::AxisSize`] if a size, also that of a resized axis before it is cut, is 0 or above
    /// 2²⁴.
    pub fn of_preset(preset: Preset, size: usize, other: usize) -> Result<Self, Error> {
        let side = preset.side();
        let [[from, _], [to, _]] = preset.fit().sizes([size, other], side);
        // A square has no shorter side: both axes have the same table.
        let to_cut = match preset.fit() {
            Fit::ResizeThenCrop { centre, .. } if to > side => centre.start(to, side),
            _ => 0,
        };
        let outputs = to_cut..to_cut + side;
        let mut table = Self::part(preset.resize(), preset.rounding(), [from, to], outputs)?;
        let cut = Centre::Down.start(size, from) as u32;
        table.starts.iter_mut().for_each(|start| *start += cut);
        table.input_size = size;
        Ok(table)
    }

    /// The rows `outputs` of the table from and to the given sizes.
    fn part(
        mode: ResizeMode,
        rounding: Rounding,
        [input_size, output_size]: [usize; 2],
        outputs: Range<usize>,
    ) -> Result<Self, Error> {
        let allowed = 1..=MAX_AXIS;
        if !allowed.contains(&input_size) || !allowed.contains(&output_size) {
            return Err(Error::AxisSize { input: input_size, output: output_size });
        }
        let axis = Axis { input_size, output_size, outputs };
        let pillow = |filter| pillow::table(filter, rounding, &axis);
        Ok(match mode {
            ResizeMode::BilinearHalfPixel => bilinear::half_pixel(&axis),
            ResizeMode::BilinearTf1 => bilinear::tf1(&axis),
            ResizeMode::BilinearGridSample => bilinear::grid_sample(&axis),
            ResizeMode::BilinearAntialias => antialias::torch(&antialias::TRIANGLE, &axis),
            ResizeMode::BicubicAntialias => antialias::torch(&antialias::CUBIC, &axis),
            ResizeMode::PillowNearest => nearest::pillow(&axis),
            ResizeMode::PillowBox => pillow(&pillow::BOX),
            ResizeMode::PillowBilinear => pillow(&pillow::TRIANGLE),
            ResizeMode::PillowHamming => pillow(&pillow::HAMMING),
            ResizeMode::PillowBicubic => pillow(&pillow::KEYS),
            ResizeMode::PillowLanczos => pillow(&pillow::LANCZOS),
        })
    }
}
