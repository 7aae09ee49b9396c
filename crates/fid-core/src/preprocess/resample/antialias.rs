//! PyTorch's antialiased filters.

use super::axis_table::{Axis, AxisTable};

/// A filter, in pixels of the coarser of the two grids.
pub(super) struct Filter {
    /// Distance from the centre to either end.
    reach: f32,
    /// Value at a signed distance from the centre.
    value: fn(f32) -> f32,
}

pub(super) const TRIANGLE: Filter = Filter { reach: 1.0, value: |x| (1.0 - x.abs()).max(0.0) };

/// Cubic convolution with `a = −½`, in PyTorch's order of operations.
pub(super) const CUBIC: Filter = Filter {
    reach: 2.0,
    value: |x| {
        let x = x.abs();
        if x < 1.0 {
            (1.5 * x - 2.5) * x * x + 1.0
        } else if x < 2.0 {
            ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
        } else {
            0.0
        }
    },
};

/// The placement of Pillow's filters in PyTorch's arithmetic for f32 images (`UpSampleKernel.cpp`,
/// the helper for weights of antialiased modes): centres, weights and their sum are f32; a term with
/// the constant ½ is f64 until it is stored.
pub(super) fn torch(filter: &Filter, axis: &Axis) -> AxisTable {
    let &Axis { input_size, output_size, ref outputs } = axis;
    let scale = input_size as f32 / output_size as f32;
    let stretch = scale.max(1.0);
    let reach = filter.reach * stretch;
    let shrink = f64::from((1.0 / f64::from(stretch)) as f32);
    let position = |output| {
        let centre = (f64::from(scale) * (output as f64 + 0.5)) as f32;
        let first = (f64::from(centre - reach) + 0.5).max(0.0) as usize;
        let end = ((f64::from(centre + reach) + 0.5) as usize).min(input_size);
        let weight = |pixel| {
            let distance = (f64::from(pixel as f32 - centre) + 0.5) * shrink;
            (filter.value)(distance as f32)
        };
        let raw: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = raw.iter().sum();
        (first, raw.into_iter().map(|weight| weight / sum).collect())
    };
    AxisTable::from_positions(input_size, outputs.clone().map(position).collect())
}
