//! Shared by the CPU passes: parallel jobs within an image, and weighted sums of pixels as vectors
//! of four.

use std::ops::{AddAssign, Mul, Range};

use rayon::prelude::*;

use super::packed::{Entry, IMAGE_WORDS};
use super::plan::{Finish, Plan};

/// Runs `make` for every image on all cores and returns `[n,3,side,side]`. `make` gets the bytes from
/// the image's first one to the end of the batch, the image's entry, and its part of the output.
pub(crate) fn each_image(
    bytes: &[u8],
    images: &[u32],
    plan: Plan,
    make: impl Fn(&[u8], Entry, &mut [f32]) + Sync,
) -> Vec<f32> {
    let length = 3 * plan.side * plan.side;
    let mut out = vec![0f32; images.len() / IMAGE_WORDS * length];
    out.par_chunks_exact_mut(length).enumerate().for_each(|(index, out)| {
        let image = Entry::of(images, index, plan.order);
        make(&bytes[image.first_byte..], image, out);
    });
    out
}

/// Output rows in a job. Each image is a few jobs, so that one image keeps several cores busy; more
/// would cost time, since both jobs at a seam read the rows around it.
const BAND: usize = 75;

/// Consecutive output rows, in each channel.
pub(crate) struct Band<'a> {
    first: usize,
    side: usize,
    planes: [&'a mut [f32]; 3],
}

impl<'a> Band<'a> {
    /// The output positions of the rows.
    pub(crate) fn range(&self) -> Range<usize> {
        let [red, ..] = &self.planes;
        self.first..self.first + red.len() / self.side
    }

    /// Each row with its output position.
    pub(crate) fn rows(self) -> impl Iterator<Item = (usize, [&'a mut [f32]; 3])> {
        let [red, green, blue] = self.planes.map(|plane| plane.chunks_exact_mut(self.side));
        let rows = red.zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]);
        (self.first..).zip(rows)
    }
}

/// Splits one image's output, `[3,side,side]`, into bands.
pub(crate) fn bands(image: &mut [f32], side: usize) -> impl ParallelIterator<Item = Band<'_>> {
    let (red, rest) = image.split_at_mut(side * side);
    let (green, blue) = rest.split_at_mut(side * side);
    let [red, green, blue] = [red, green, blue].map(|plane| plane.par_chunks_mut(BAND * side));
    red.zip(green).zip(blue).enumerate().map(move |(index, ((red, green), blue))| Band {
        first: index * BAND,
        side,
        planes: [red, green, blue],
    })
}

/// Four values from `at` on, with zeros past the end: an RGB pixel and one value more, which is
/// free on processors that add four values at once.
#[inline(always)]
pub(crate) fn four<T: Copy + Default>(values: &[T], at: usize) -> [T; 4] {
    match values.get(at..at + 4) {
        Some(&[a, b, c, d]) => [a, b, c, d],
        _ => std::array::from_fn(|i| values.get(at + i).copied().unwrap_or_default()),
    }
}

/// A number that sums are computed in.
pub(crate) trait Sum: Copy + AddAssign + Mul<Output = Self> {}

impl Sum for f32 {}
impl Sum for i32 {}

/// `start` plus the weighted sum of the pixels from `first` on, in each channel. Values past
/// `channels` are meaningless.
#[inline(always)]
pub(crate) fn pixel_sums<T: Copy + Default, S: Sum + From<T>>(
    line: &[T],
    channels: usize,
    (first, weights): (usize, &[S]),
    start: S,
) -> [S; 4] {
    let mut sums = [start; 4];
    for (column, &weight) in (first..).zip(weights) {
        for (sum, value) in sums.iter_mut().zip(four(line, column * channels)) {
            *sum += S::from(value) * weight;
        }
    }
    sums
}

/// Sets `sums` to `start` plus the weighted sum of the first lines, of `width` values each.
#[inline(always)]
pub(crate) fn line_sums<S: Sum + From<u8>>(
    lines: &[u8],
    width: usize,
    weights: &[S],
    start: S,
    sums: &mut Vec<S>,
) {
    sums.clear();
    sums.resize(width, start);
    for (line, &weight) in lines.chunks_exact(width).zip(weights) {
        for (sum, &value) in sums.iter_mut().zip(line) {
            *sum += S::from(value) * weight;
        }
    }
}

/// Writes one output row: `pixel` computes each pixel, and a gray pixel's value goes to all
/// channels.
#[inline(always)]
pub(crate) fn write_row(
    [red, green, blue]: [&mut [f32]; 3],
    channels: usize,
    finish: Option<Finish>,
    pixel: impl Fn(usize) -> [f32; 4],
) {
    for (x, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
        let pixel = pixel(x);
        let rgb = if channels == 1 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] };
        [*red, *green, *blue] = match finish {
            None => rgb,
            Some(finish) => [0, 1, 2].map(|channel| finish.apply(channel, rgb[channel])),
        };
    }
}
