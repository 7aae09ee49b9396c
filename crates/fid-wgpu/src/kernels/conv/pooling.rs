//! Kernels for pooling and for converting the input to activations.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::ElemType;
use burn_cubecl::cubecl::prelude::*;

use super::geometry::Pool;
use super::lengths::{Four, Lengths, Stored, input_row};

/// One unit computes four channels of one row, or writes them in the row of zeros.
#[cube(launch)]
pub(crate) fn pool_window<F: Float>(
    input: &Tensor<Stored<F>>,
    out: &mut Tensor<Stored<F>>,
    g: Lengths,
    #[comptime] pool: Pool,
    #[define(F)] _stored: ElemType,
) {
    let position = ABSOLUTE_POS as u32;
    let pixel = position / g.in_fours;
    let four = position % g.in_fours;
    if pixel <= g.pixels {
        let mut result = Four::new(0.0f32);
        let mut count = 0.0f32;
        for ky in 0..g.kernel_height {
            for kx in 0..g.kernel_width {
                let row = input_row(pixel, ky, kx, &g);
                let inside = row < g.zero_row;
                let value = Four::cast_from(input[(row * g.in_fours + four) as usize]);
                match comptime!(pool) {
                    Pool::Max => {
                        let first = count == 0.0f32;
                        let larger = select(first, value, max(result, value));
                        result = select(inside, larger, result);
                    }
                    // Outside the image, values are zeros.
                    Pool::Average => {
                        result += value;
                    }
                }
                count += select(inside, 1.0f32, 0.0f32);
            }
        }
        if comptime!(pool == Pool::Average) {
            result /= Four::new(f32::max(count, 1.0f32));
        }
        let at = pixel * g.out_fours + g.out_offset + four;
        out[at as usize] = Stored::<F>::cast_from(result);
    }
}

/// One unit writes one value of `[images·area + 1, channels up to a multiple of four]`.
#[cube(launch)]
pub(crate) fn activations<F: Float>(
    images: &Tensor<f32>,
    out: &mut Tensor<F>,
    #[comptime] channels: usize,
    area: usize,
    #[define(F)] _stored: ElemType,
) {
    let position = ABSOLUTE_POS;
    if position < out.len() {
        let width = comptime!(channels.next_multiple_of(4));
        let (row, channel) = (position / width, position % width);
        let (image, pixel) = (row / area, row % area);
        let mut value = 0.0f32;
        if channel < channels && row + 1 < out.len() / width {
            value = images[(image * channels + channel) * area + pixel];
        }
        out[position] = F::cast_from(value);
    }
}
