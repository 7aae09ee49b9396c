//! The GPU kernels. Twin: `host.rs`. Definition: [`fid_core::reference_preprocess`].

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// First pass: one unit computes one output row of one column and channel. `out` is
/// `[size, columns]`, where the columns of all images stand side by side, channels interleaved.
#[cube(launch)]
pub(crate) fn vertical(
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

    // The image that the column belongs to is the last one that starts at it or before it.
    let mut image = 0usize;
    let mut beyond = images.shape(0);
    while beyond - image > 1 {
        let middle = (image + beyond) / 2;
        if images[middle * image_words + 5] as usize <= column {
            image = middle;
        } else {
            beyond = middle;
        }
    }
    let entry = image * image_words;
    let stride = images[entry + 1] * images[entry + 2];
    let first_byte = images[entry] + (column as u32 - images[entry + 5]);
    let rows = (images[entry + 3] as usize + y) * 3;

    let mut sum = 0.0f32;
    for row in 0..taps[rows + 1] {
        let byte = first_byte + (taps[rows] + row) * stride;
        let word = pixels[(byte >> 2u32) as usize];
        let value = f32::cast_from((word >> ((byte & 3u32) * 8u32)) & 255u32);
        sum += value * weights[(taps[rows + 2] + row) as usize];
    }
    out[position] = sum;
}

/// Second pass: one unit computes one output value from the first pass's row of columns.
#[cube(launch)]
pub(crate) fn horizontal(
    columns: &Tensor<f32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    low: f32,
    high: f32,
    factor: f32,
    offset: f32,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
) {
    let position = ABSOLUTE_POS;
    if position >= out.len() {
        terminate!();
    }
    let x = position % size;
    let y = (position / size) % size;
    let channel = (position / (size * size)) % 3;
    let entry = (position / (size * size * 3)) * image_words;

    let channels = images[entry + 2];
    // A gray image has one channel, which all three outputs read.
    let plane = u32::min(channel as u32, channels - 1);
    let table = (images[entry + 4] as usize + x) * 3;
    let first = y as u32 * columns.shape(1) as u32 + images[entry + 5] + plane;

    let mut sum = 0.0f32;
    for tap in 0..taps[table + 1] {
        let value = columns[(first + (taps[table] + tap) * channels) as usize];
        sum += value * weights[(taps[table + 2] + tap) as usize];
    }
    out[position] = f32::clamp(sum, low, high) * factor + offset;
}
