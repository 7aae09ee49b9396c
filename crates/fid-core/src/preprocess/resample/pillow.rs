//! Pillow's filters, stretched for antialiasing, with its placement and normalisation.

use std::f64::consts::PI;

use super::axis_table::{Axis, AxisTable};
use super::nearest;
use crate::preprocess::steps::Rounding;

/// A filter, in pixels of the coarser of the two grids.
pub(super) struct Filter {
    /// Distance from the centre to either end.
    reach: f64,
    /// Value at a signed distance from the centre.
    value: fn(f64) -> f64,
}

/// 1 for the input pixels whose centres the output pixel covers, its upper border included.
pub(super) const BOX: Filter =
    Filter { reach: 0.5, value: |x| if x > -0.5 && x <= 0.5 { 1.0 } else { 0.0 } };

pub(super) const TRIANGLE: Filter = Filter { reach: 1.0, value: |x| (1.0 - x.abs()).max(0.0) };

/// The sinc function under a Hamming window (R. W. Hamming) over its main lobe. Pillow's constants
/// are f32.
pub(super) const HAMMING: Filter = Filter {
    reach: 1.0,
    value: |x| {
        let x = x.abs();
        let window = f64::from(0.54f32) + f64::from(0.46f32) * (x * PI).cos();
        if x < 1.0 { sinc(x) * window } else { 0.0 }
    },
};

/// Cubic convolution with `a = −½` (R. Keys, "Cubic convolution interpolation for digital image
/// processing", 1981, eq. 15).
pub(super) const KEYS: Filter = Filter {
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

/// `sinc(x)·sinc(x/3)` (C. Duchon, "Lanczos filtering in one and two dimensions", 1979).
pub(super) const LANCZOS: Filter = Filter {
    reach: 3.0,
    value: |x| if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 },
};

fn sinc(x: f64) -> f64 {
    match x * PI {
        0.0 => 1.0,
        angle => angle.sin() / angle,
    }
}

/// Pillow's placement (`precompute_coeffs` in its `Resample.c`): output `o` is centred on
/// `(o + ½)·in/out` in the coordinates where pixel `p` covers `p..p+1`. It takes the pixels whose
/// centres are within the reach, both ends rounded to the nearest pixel border and cut at the edges
/// of the image. An axis that keeps its size is copied.
///
/// Weights are computed in f64 and rounded as `rounding` says. The final rounding to f32 is exact
/// for [`Rounding::ToBytes`] and otherwise moves a result by less than `2⁻²⁵·255·Σ|w|`, no more
/// than the rounding of Pillow's own f32 intermediate.
pub(super) fn table(filter: &Filter, rounding: Rounding, axis: &Axis) -> AxisTable {
    let &Axis { input_size, output_size, ref outputs } = axis;
    if input_size == output_size {
        return nearest::pillow(axis);
    }
    let scale = input_size as f64 / output_size as f64;
    let stretch = scale.max(1.0);
    let reach = filter.reach * stretch;
    let shrink = 1.0 / stretch;
    let position = |output| {
        let centre = (output as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(input_size);
        let raw: Vec<_> = (first..end)
            .map(|pixel| (filter.value)((pixel as f64 - centre + 0.5) * shrink))
            .collect();
        // If the filter covers no centre, Pillow's weights are zero.
        let sum = match raw.iter().sum() {
            0.0 => 1.0,
            sum => sum,
        };
        (first, raw.into_iter().map(|weight| rounding.weight(weight / sum) as f32).collect())
    };
    AxisTable::from_positions(input_size, outputs.clone().map(position).collect())
}
