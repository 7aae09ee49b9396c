//! The GPU kernels. Twin: `host.rs`. Definition: [`fid_core::reference_preprocess`].

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// A weight as a whole number of parts, which f32 holds without error.
#[cube]
fn parts(weight: f32, #[comptime] point: u32) -> i32 {
    let one = comptime!((1u32 << point) as f32);
    i32::cast_from(weight * one)
}

/// The byte nearest to a sum that started with a half.
#[cube]
fn byte(sum: i32, #[comptime] point: u32) -> i32 {
    // Below zero a shift and a division differ, and both end at zero.
    i32::clamp(sum, 0, comptime!((256i32 << point) - 1)) >> comptime!(point as i32)
}

/// First pass: one unit computes one value along one line in one channel. `out` is `[lines, size]`, where
/// the lines of all images lie one below the other, each once for each channel; its values are bytes.
#[cube(launch)]
pub(crate) fn along(
    pixels: &Tensor<u32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
    #[comptime] point: u32,
) {
    let position = ABSOLUTE_POS;
    if position >= out.len() {
        terminate!();
    }
    let at = position % size;
    let line = position / size;

    // The image that the line belongs to is the last one that starts at it or before it.
    let mut image = 0usize;
    let mut beyond = images.shape(0);
    while beyond - image > 1 {
        let middle = (image + beyond) / 2;
        if images[middle * image_words + 6] as usize <= line {
            image = middle;
        } else {
            beyond = middle;
        }
    }
    let entry = image * image_words;
    let channels = images[entry + 2];
    let stride = images[entry + 1] * channels;
    let line = line as u32 - images[entry + 6];
    let columns_first = images[entry + 7] == 1u32;
    // A row's bytes follow each other by channels, a column's by rows.
    let step = select(columns_first, stride, channels);
    let offset = select(columns_first, line, (line / channels) * stride + line % channels);
    let axis = select(columns_first, images[entry + 3], images[entry + 4]);
    let first_byte = images[entry] + offset;
    let table = (axis as usize + at) * 3;

    let mut sum = comptime!(1i32 << (point - 1)).runtime();
    for tap in 0..taps[table + 1] {
        let byte = first_byte + (taps[table] + tap) * step;
        let word = pixels[(byte >> 2u32) as usize];
        let value = i32::cast_from((word >> ((byte & 3u32) * 8u32)) & 255u32);
        sum += value * parts(weights[(taps[table + 2] + tap) as usize], point);
    }
    out[position] = f32::cast_from(byte(sum, point));
}

/// Second pass: one unit computes one output value from the first pass's lines.
#[cube(launch)]
pub(crate) fn across(
    lines: &Tensor<f32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    factor: f32,
    offset: f32,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
    #[comptime] point: u32,
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
    let columns_first = images[entry + 7] == 1u32;
    let at = select(columns_first, y as u32, x as u32) as usize;
    let across = select(columns_first, images[entry + 4] + x as u32, images[entry + 3] + y as u32);
    let table = across as usize * 3;
    let first = images[entry + 6] + plane;

    let mut sum = comptime!(1i32 << (point - 1)).runtime();
    for tap in 0..taps[table + 1] {
        let line = (first + (taps[table] + tap) * channels) as usize;
        let value = i32::cast_from(lines[line * size + at]);
        sum += value * parts(weights[(taps[table + 2] + tap) as usize], point);
    }
    out[position] = f32::cast_from(byte(sum, point)) * factor + offset;
}
