//! Reading the packed layout in kernels; [`fid_core::PackedBatch`] documents and writes it.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// The source of one output value.
#[derive(CubeType)]
pub(super) struct Output {
    pub(super) x: usize,
    pub(super) y: usize,
    /// Red, green or blue.
    pub(super) channel: u32,
    /// The first word of the image's entry.
    pub(super) entry: usize,
    pub(super) channels: u32,
    /// The source channel; the only one of a gray image serves all three outputs.
    pub(super) plane: u32,
}

/// The source of the value at `position` of the output `[n,3,size,size]`.
#[cube]
pub(super) fn output(
    position: usize,
    images: &Tensor<u32>,
    #[comptime] size: usize,
    #[comptime] image_words: usize,
) -> Output {
    let channel = (position / (size * size)) % 3;
    let entry = (position / (size * size * 3)) * image_words;
    let channels = images[entry + 2];
    Output {
        x: position % size,
        y: (position / size) % size,
        channel: channel as u32,
        entry,
        channels,
        plane: u32::min(channel as u32, channels - 1),
    }
}

/// The step from a resized value to the network's input.
#[derive(CubeType, CubeLaunch)]
pub(super) struct Finish {
    low: f32,
    high: f32,
    red: Line,
    green: Line,
    blue: Line,
}

/// Factor and offset of a channel.
#[derive(CubeType, CubeLaunch)]
pub(super) struct Line {
    factor: f32,
    offset: f32,
}

/// Finishes a value of a channel.
#[cube]
pub(super) fn finish(value: f32, channel: u32, finish: &Finish) -> f32 {
    let not_red = select(channel == 1u32, finish.green.factor, finish.blue.factor);
    let factor = select(channel == 0u32, finish.red.factor, not_red);
    let not_red = select(channel == 1u32, finish.green.offset, finish.blue.offset);
    let offset = select(channel == 0u32, finish.red.offset, not_red);
    f32::clamp(value, finish.low, finish.high) * factor + offset
}

/// Reads one packed byte.
#[cube]
pub(super) fn byte_at(pixels: &Tensor<u32>, at: u32) -> u32 {
    (pixels[(at >> 2u32) as usize] >> ((at & 3u32) * 8u32)) & 255u32
}

/// Finds the image that a line of the intermediate belongs to, and returns the first word of its
/// entry: the last image that starts at the line or before it. Word `word` of an entry is the
/// image's first line.
#[cube]
pub(super) fn entry_of_line(
    images: &Tensor<u32>,
    line: usize,
    #[comptime] word: usize,
    #[comptime] image_words: usize,
) -> usize {
    let mut image = 0usize;
    let mut beyond = images.shape(0);
    while beyond - image > 1 {
        let middle = (image + beyond) / 2;
        if images[middle * image_words + word] as usize <= line {
            image = middle;
        } else {
            beyond = middle;
        }
    }
    image * image_words
}
