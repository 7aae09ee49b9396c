//! One pass: each output value is a sum over its rectangle of pixels.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::layout::{Finish, byte_at, finish, output};

/// One unit computes one output value. [`fid_core::PackedBatch`] documents the arguments; `size` is
/// the side of the output.
///
/// Source positions and weights come from tables that the host computes, so every device reads the
/// same pixels with the same weights. Here each compiler could fuse multiply and add or not, which
/// moves a sampling position at a width of 1024 by 6e-5 pixels.
#[cube(launch)]
pub(super) fn preprocess(
    pixels: &Tensor<u32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    finishing: &Finish,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
) {
    let position = ABSOLUTE_POS;
    if position >= out.len() {
        terminate!();
    }
    let at = output(position, images, size, image_words);
    let first_byte = images[at.entry] + at.plane;
    let width = images[at.entry + 1];
    let rows = (images[at.entry + 3] as usize + at.y) * 3;
    let columns = (images[at.entry + 4] as usize + at.x) * 3;

    let mut sum = 0.0f32;
    for row in 0..taps[rows + 1] {
        let line = (taps[rows] + row) * width;
        let mut line_sum = 0.0f32;
        for column in 0..taps[columns + 1] {
            let byte = first_byte + (line + taps[columns] + column) * at.channels;
            line_sum += f32::cast_from(byte_at(pixels, byte))
                * weights[(taps[columns + 2] + column) as usize];
        }
        sum += line_sum * weights[(taps[rows + 2] + row) as usize];
    }
    out[position] = finish(sum, at.channel, finishing);
}
