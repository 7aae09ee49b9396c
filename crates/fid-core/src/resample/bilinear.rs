//! Two taps: the pixels around a source position. The modes differ in where that position is.

use super::AxisTable;

/// PyTorch rounds after the multiplication and again after the subtraction on contiguous tensors;
/// its channels-last kernel fuses the two and differs in the last bit. pytorch-fid's tensors are
/// contiguous, so nothing may be fused here, and Rust fuses nothing by itself.
pub(super) fn half_pixel(input_size: usize, output_size: usize) -> AxisTable {
    let scale = input_size as f32 / output_size as f32;
    table(input_size, output_size, |output| ((output as f32 + 0.5) * scale - 0.5).max(0.0))
}

/// torch-fidelity divides in f64 and rounds the quotient to f32, which is the f32 quotient: 53 bits
/// are enough for the second rounding to change nothing.
pub(super) fn tf1(input_size: usize, output_size: usize) -> AxisTable {
    let scale = input_size as f32 / output_size as f32;
    table(input_size, output_size, |output| output as f32 * scale)
}

fn table(input_size: usize, output_size: usize, source: impl Fn(usize) -> f32) -> AxisTable {
    let mut starts = Vec::with_capacity(output_size);
    let mut weights = Vec::with_capacity(2 * output_size);
    for source in (0..output_size).map(source) {
        let start = (source as usize).min(input_size - 1);
        let upper = (source - start as f32).clamp(0.0, 1.0);
        starts.push(start as u32);
        weights.extend([1.0 - upper, upper]);
    }
    AxisTable { input_size, taps: 2, starts, weights }
}
