//! Two passes in integers, each rounded to bytes as Pillow does ([`fid_core::Rounding::ToBytes`]).
//! Results are equal on every device.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::layout::{Finish, byte_at, entry_of_line, finish, output};

/// A weight in fixed point; the f32 holds it without error.
#[cube]
fn parts(weight: f32, #[comptime] point: u32) -> i32 {
    let one = comptime!((1u32 << point) as f32);
    i32::cast_from(weight * one)
}

/// Rounds a sum that started with a half to a byte.
#[cube]
fn byte(sum: i32, #[comptime] point: u32) -> i32 {
    // Clamped first: below zero, shift and division differ.
    i32::clamp(sum, 0, comptime!((256i32 << point) - 1)) >> comptime!(point as i32)
}

/// First pass: one unit computes one value of one line and channel. `out` is `[lines,size]`: the
/// lines of all images, each once for each channel. Its values are bytes. `order` is the preset's
/// bit of the order of passes.
#[cube(launch)]
pub(super) fn along(
    pixels: &Tensor<u32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    order: u32,
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

    let entry = entry_of_line(images, line, 6usize, image_words);
    let channels = images[entry + 2];
    let stride = images[entry + 1] * channels;
    let line = line as u32 - images[entry + 6];
    let columns_first = (images[entry + 7] >> order) & 1u32 == 1u32;
    // Another preset, with another order of passes, may need more lines.
    let lines = select(columns_first, images[entry + 1], images[entry + 8]) * channels;
    if line >= lines {
        terminate!();
    }
    // Neighbours in a row are `channels` bytes apart, neighbours in a column a row's bytes.
    let step = select(columns_first, stride, channels);
    let offset = select(columns_first, line, (line / channels) * stride + line % channels);
    let axis = select(columns_first, images[entry + 3], images[entry + 4]);
    let first_byte = images[entry] + offset;
    let table = (axis as usize + at) * 3;

    let mut sum = comptime!(1i32 << (point - 1)).runtime();
    for tap in 0..taps[table + 1] {
        let value = i32::cast_from(byte_at(pixels, first_byte + (taps[table] + tap) * step));
        sum += value * parts(weights[(taps[table + 2] + tap) as usize], point);
    }
    out[position] = f32::cast_from(byte(sum, point));
}

/// Second pass: one unit computes one output value from the lines of the first pass.
#[cube(launch)]
pub(super) fn across(
    lines: &Tensor<f32>,
    images: &Tensor<u32>,
    taps: &Tensor<u32>,
    weights: &Tensor<f32>,
    out: &mut Tensor<f32>,
    finishing: &Finish,
    order: u32,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
    #[comptime] point: u32,
) {
    let position = ABSOLUTE_POS;
    if position >= out.len() {
        terminate!();
    }
    let at = output(position, images, size, image_words);
    let columns_first = (images[at.entry + 7] >> order) & 1u32 == 1u32;
    let along = select(columns_first, at.y as u32, at.x as u32) as usize;
    let row = images[at.entry + 3] + at.y as u32;
    let column = images[at.entry + 4] + at.x as u32;
    let table = select(columns_first, column, row) as usize * 3;
    let first = images[at.entry + 6] + at.plane;

    let mut sum = comptime!(1i32 << (point - 1)).runtime();
    for tap in 0..taps[table + 1] {
        let line = (first + (taps[table] + tap) * at.channels) as usize;
        let value = i32::cast_from(lines[line * size + along]);
        sum += value * parts(weights[(taps[table + 2] + tap) as usize], point);
    }
    out[position] = finish(f32::cast_from(byte(sum, point)), at.channel, finishing);
}
