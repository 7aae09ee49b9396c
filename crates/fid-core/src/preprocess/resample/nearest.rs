//! One tap: the nearest pixel.

use super::axis_table::{Axis, AxisTable};

/// Pillow (`ImagingScaleAffine` in its `Geometry.c`) starts half a step from the edge and adds the
/// step in f64 from one output to the next. Positions are truncated.
pub(super) fn pillow(axis: &Axis) -> AxisTable {
    let &Axis { input_size, output_size, ref outputs } = axis;
    let step = input_size as f64 / output_size as f64;
    let positions = std::iter::successors(Some(step * 0.5), |position| Some(position + step));
    let positions = positions.skip(outputs.start).take(outputs.len());
    let starts = positions.map(|at| (at as usize).min(input_size - 1) as u32);
    AxisTable { input_size, taps: 1, starts: starts.collect(), weights: vec![1.0; outputs.len()] }
}
