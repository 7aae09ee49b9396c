//! The CPU twin of `kernel.rs`: the same tables, the same sums, on all cores. A row of the image that
//! several rows of the result share is gone over once.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use rayon::prelude::*;

use crate::preprocess::packed::{Entry, IMAGE_WORDS, Tables};
use crate::preprocess::planes::{bands, four};
use crate::preprocess::{Finish, SIZE};

/// See [`crate::PackedBatch`] for the layout of the arguments.
pub(crate) fn preprocess(
    pixels: &FlexTensor,
    images: &FlexTensor,
    taps: &FlexTensor,
    weights: &FlexTensor,
    finish: Finish,
) -> FlexTensor {
    let bytes = pixels.bytes();
    let images = images.storage::<u32>();
    let (taps, weights) = (taps.storage::<u32>(), weights.storage::<f32>());
    let tables = Tables { taps, weights };
    let count = images.len() / IMAGE_WORDS;
    let mut out = vec![0f32; count * 3 * SIZE * SIZE];

    out.par_chunks_exact_mut(3 * SIZE * SIZE).enumerate().for_each(|(index, out)| {
        let image = Entry::of(images, index);
        let bytes = &bytes[image.first_byte..];
        bands(out).for_each(|band| {
            let mut lines = [const { Line::none() }; 2];
            let mut sums = [[0.0; SIZE]; 3];
            for (y, rgb) in band.rows() {
                let (first, weights) = tables.at(image.rows, y);
                sums.iter_mut().for_each(|sums| sums.fill(0.0));
                for (row, weight) in (first..).zip(weights) {
                    let line = &mut lines[row % 2];
                    line.load(bytes, image, tables, row);
                    for (sums, line) in sums.iter_mut().zip(&line.values) {
                        for (sum, value) in sums.iter_mut().zip(line) {
                            *sum += value * weight;
                        }
                    }
                }
                for (out, sums) in rgb.into_iter().zip(&sums) {
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = finish.apply(*sum);
                    }
                }
            }
        });
    });
    FlexTensor::from_data(TensorData::new(out, [count, 3, SIZE, SIZE]))
}

/// A row of the image at the width of the result, in each channel.
struct Line {
    row: Option<usize>,
    values: [[f32; SIZE]; 3],
}

impl Line {
    const fn none() -> Self {
        Self { row: None, values: [[0.0; SIZE]; 3] }
    }

    /// Makes this the line of `row`, if it is not.
    fn load(&mut self, bytes: &[u8], image: Entry, tables: Tables<'_>, row: usize) {
        if self.row.replace(row) == Some(row) {
            return;
        }
        let start = row * image.width * image.channels;
        let [red, green, blue] = &mut self.values;
        for (x, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
            let (first, weights) = tables.at(image.columns, x);
            let mut sums = [0.0; 4];
            for (column, weight) in (first..).zip(weights) {
                let pixel = four(bytes, start + column * image.channels).map(f32::from);
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += value * weight;
                }
            }
            [*red, *green, *blue] = match image.channels {
                1 => [sums[0]; 3],
                _ => [sums[0], sums[1], sums[2]],
            };
        }
    }
}
