//! The packed layout as the kernels read it; [`fid_core::PackedBatch`] writes and explains it.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// One value of the result.
#[derive(CubeType)]
pub(super) struct Output {
    pub(super) x: usize,
    pub(super) y: usize,
    /// The first word of the image's entry.
    pub(super) entry: usize,
    pub(super) channels: u32,
    /// The channel it is made of. A gray image has one, which all three outputs read.
    pub(super) plane: u32,
}

/// The value at a position of the result, whose side is `size`.
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
        entry,
        channels,
        plane: u32::min(channel as u32, channels - 1),
    }
}

/// One of the packed bytes.
#[cube]
pub(super) fn byte_at(pixels: &Tensor<u32>, at: u32) -> u32 {
    (pixels[(at >> 2u32) as usize] >> ((at & 3u32) * 8u32)) & 255u32
}

/// The first word of the entry of the image that a line of the intermediate belongs to: the last one that
/// starts at it or before it. The `word`-th of an entry says where the image starts.
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
