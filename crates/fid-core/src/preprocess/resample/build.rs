//! The table of each resize mode.

use super::axis_table::AxisTable;
use super::{antialias, bilinear, nearest, pillow};
use crate::error::Error;
use crate::preprocess::steps::{ResizeMode, Rounding};

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
        let allowed = 1..=MAX_AXIS;
        if !allowed.contains(&input_size) || !allowed.contains(&output_size) {
            return Err(Error::AxisSize { input: input_size, output: output_size });
        }
        let pillow = |filter| pillow::table(filter, rounding, input_size, output_size);
        Ok(match mode {
            ResizeMode::BilinearHalfPixel => bilinear::half_pixel(input_size, output_size),
            ResizeMode::BilinearTf1 => bilinear::tf1(input_size, output_size),
            ResizeMode::BilinearGridSample => bilinear::grid_sample(input_size, output_size),
            ResizeMode::BilinearAntialias => antialias::torch(input_size, output_size),
            ResizeMode::PillowNearest => nearest::pillow(input_size, output_size),
            ResizeMode::PillowBox => pillow(&pillow::BOX),
            ResizeMode::PillowBilinear => pillow(&pillow::TRIANGLE),
            ResizeMode::PillowHamming => pillow(&pillow::HAMMING),
            ResizeMode::PillowBicubic => pillow(&pillow::KEYS),
            ResizeMode::PillowLanczos => pillow(&pillow::LANCZOS),
        })
    }
}
