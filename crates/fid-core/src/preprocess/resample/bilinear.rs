//! Two taps: the pixels on both sides of a source position. The modes differ in that position.

use super::axis_table::{Axis, AxisTable};

/// On contiguous tensors PyTorch rounds after the multiplication and again after the subtraction;
/// its channels-last kernel fuses them and differs in the last bit. pytorch-fid's tensors are
/// contiguous, so these operations must stay separate. Rust never fuses them by itself.
pub(super) fn half_pixel(axis: &Axis) -> AxisTable {
    let scale = axis.input_size as f32 / axis.output_size as f32;
    table(axis, |output| ((output as f32 + 0.5) * scale - 0.5).max(0.0))
}

/// torch-fidelity divides in f64 and rounds to f32, which equals the f32 quotient: with 53 bits the
/// second rounding changes nothing.
pub(super) fn tf1(axis: &Axis) -> AxisTable {
    let scale = axis.input_size as f32 / axis.output_size as f32;
    table(axis, |output| output as f32 * scale)
}

/// NVIDIA's network shifts a grid over −1..1 by `1/in − 1/out` and samples it by `grid_sample`,
/// which in exact arithmetic is [`tf1`]. This reproduces the roundings on PyTorch's CPU: `linspace`
/// steps from the nearer end in fused operations, `affine_grid` scales by `(out − 1)/out` in two
/// operations, and `grid_sample` ends with a fused one. Positions are clamped to the image.
pub(super) fn grid_sample(axis: &Axis) -> AxisTable {
    let &Axis { input_size, output_size, .. } = axis;
    let input = input_size as f32;
    let output = output_size as f32;
    let step = 2.0 / (output - 1.0);
    let shift = 1.0 / input - 1.0 / output;
    table(axis, |at| {
        let line = if at < output_size / 2 {
            step.mul_add(at as f32, -1.0)
        } else {
            (-step).mul_add((output_size - 1 - at) as f32, 1.0)
        };
        let grid = line * (output - 1.0) / output + shift;
        (grid + 1.0).mul_add(input / 2.0, -0.5).clamp(0.0, input - 1.0)
    })
}

fn table(axis: &Axis, source: impl Fn(usize) -> f32) -> AxisTable {
    let input_size = axis.input_size;
    let mut starts = Vec::with_capacity(axis.outputs.len());
    let mut weights = Vec::with_capacity(2 * axis.outputs.len());
    for source in axis.outputs.clone().map(source) {
        let start = (source as usize).min(input_size - 1);
        let upper = (source - start as f32).clamp(0.0, 1.0);
        starts.push(start as u32);
        weights.extend([1.0 - upper, upper]);
    }
    AxisTable { input_size, taps: 2, starts, weights }
}
