//! Two passes: columns, then rows.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::layout::{Finish, byte_at, entry_of_line, finish, output};

/// First pass: one unit computes one value of one column and channel. `out` is `[size,columns]`:
/// the columns of all images side by side, with interleaved channels.
#[cube(launch)]
pub(super) fn vertical(
    pixels: &Tensor<u32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    #[comptime] image_words: usize,
) {
    let position = ABSOLUTE_POS;
    if position >= out.len() {
        terminate!();
    }
    let total = out.shape(1);
    let y = position / total;
    let column = position % total;

    let entry = entry_of_line(images, column, 5usize, image_words);
    let stride = images[entry + 1] * images[entry + 2];
    let first_byte = images[entry] + (column as u32 - images[entry + 5]);
    let rows = (images[entry + 3] as usize + y) * 3;

    let mut sum = 0.0f32;
    for row in 0..taps[rows + 1] {
        let byte = first_byte + (taps[rows] + row) * stride;
        sum += f32::cast_from(byte_at(pixels, byte)) * weights[(taps[rows + 2] + row) as usize];
    }
    out[position] = sum;
}

/// Second pass: one unit computes one output value from a row of the first pass.
#[cube(launch)]
pub(super) fn horizontal(
    columns: &Tensor<f32>,
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
    let table = (images[at.entry + 4] as usize + at.x) * 3;
    let first = at.y as u32 * columns.shape(1) as u32 + images[at.entry + 5] + at.plane;

    let mut sum = 0.0f32;
    for tap in 0..taps[table + 1] {
        let value = columns[(first + (taps[table] + tap) * at.channels) as usize];
        sum += value * weights[(taps[table + 2] + tap) as usize];
    }
    out[position] = finish(sum, at.channel, finishing);
}
