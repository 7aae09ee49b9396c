//! What the CPU twins share: jobs within an image, and pixels as vectors of four.

use std::ops::Range;

use rayon::prelude::*;

use super::SIZE;

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
