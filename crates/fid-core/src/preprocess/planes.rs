//! What the CPU twins share: jobs within an image, and weighted sums of pixels, these as vectors of four.

use std::ops::{AddAssign, Mul, Range};

use rayon::prelude::*;

use super::packed::{Entry, IMAGE_WORDS};
use crate::NETWORK_SIZE as SIZE;

/// The result of every image, `[n, 3, 299, 299]`, on all cores. `make` gets an image's bytes and what
/// follows them, its entry, and its place in the result.
pub(crate) fn each_image(
    bytes: &[u8],
    images: &[u32],
    make: impl Fn(&[u8], Entry, &mut [f32]) + Sync,
) -> Vec<f32> {
    let mut out = vec![0f32; images.len() / IMAGE_WORDS * 3 * SIZE * SIZE];
    out.par_chunks_exact_mut(3 * SIZE * SIZE).enumerate().for_each(|(index, out)| {
        let image = Entry::of(images, index);
        make(&bytes[image.first_byte..], image, out);
    });
    out
}

/// Rows of the result that make a job: a few jobs for each image, so that one image keeps several cores
/// busy, yet few enough that rows at the seams, which both sides go over, do not matter.
const BAND: usize = 75;

/// Neighbouring rows of the result, in each channel.
pub(crate) struct Band<'a> {
    first: usize,
    planes: [&'a mut [f32]; 3],
}

impl<'a> Band<'a> {
    /// The rows' places in the result.
    pub(crate) fn range(&self) -> Range<usize> {
        let [red, ..] = &self.planes;
        self.first..self.first + red.len() / SIZE
    }

    /// Each row with its place in the result.
    pub(crate) fn rows(self) -> impl Iterator<Item = (usize, [&'a mut [f32]; 3])> {
        let [red, green, blue] = self.planes.map(|plane| plane.chunks_exact_mut(SIZE));
        let rows = red.zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]);
        (self.first..).zip(rows)
    }
}

/// The bands of one image's result, `[3, 299, 299]`.
pub(crate) fn bands(image: &mut [f32]) -> impl ParallelIterator<Item = Band<'_>> {
    let (red, rest) = image.split_at_mut(SIZE * SIZE);
    let (green, blue) = rest.split_at_mut(SIZE * SIZE);
    let [red, green, blue] = [red, green, blue].map(|plane| plane.par_chunks_mut(BAND * SIZE));
    red.zip(green).zip(blue).enumerate().map(|(index, ((red, green), blue))| Band {
        first: index * BAND,
        planes: [red, green, blue],
    })
}

/// Four values from `at` on, with zeros behind the end: an RGB pixel and one value too many, which
/// costs nothing where processors work on four at once.
#[inline(always)]
pub(crate) fn four<T: Copy + Default>(values: &[T], at: usize) -> [T; 4] {
    match values.get(at..at + 4) {
        Some(&[a, b, c, d]) => [a, b, c, d],
        _ => std::array::from_fn(|i| values.get(at + i).copied().unwrap_or_default()),
    }
}

/// What sums are made in.
pub(crate) trait Sum: Copy + AddAssign + Mul<Output = Self> {}

impl Sum for f32 {}
impl Sum for i32 {}

/// `start` and the weighted sum of neighbouring pixels of a line, in each channel; what is behind the channels
/// is of no use.
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

/// `sums` becomes `start` and the weighted sum of the first of `lines`, each `width` long.
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

/// One row of the result: `pixel` makes each of its pixels, of which a gray image's has one value.
#[inline(always)]
pub(crate) fn write_row(
    [red, green, blue]: [&mut [f32]; 3],
    channels: usize,
    pixel: impl Fn(usize) -> [f32; 4],
) {
    for (x, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
        let pixel = pixel(x);
        [*red, *green, *blue] = match channels {
            1 => [pixel[0]; 3],
            _ => [pixel[0], pixel[1], pixel[2]],
        };
    }
}
