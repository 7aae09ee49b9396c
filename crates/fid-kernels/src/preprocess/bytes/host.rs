//! The CPU twin of `kernel.rs`: the same sums. The first pass is done for what a band of the result
//! needs of it, so that the intermediate is part of an image and not a buffer of the batch.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use rayon::prelude::*;

use super::{HALF, POINT};
use crate::preprocess::packed::{Entry, IMAGE_WORDS, Tables};
use crate::preprocess::planes::{Band, bands, four};
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
    let whole: Vec<i32> = weights.par_iter().map(|&weight| parts(weight)).collect();
    let tables = Tables { taps, weights: whole.as_slice() };
    let count = images.len() / IMAGE_WORDS;
    let mut out = vec![0f32; count * 3 * SIZE * SIZE];

    out.par_chunks_exact_mut(3 * SIZE * SIZE).enumerate().for_each(|(index, out)| {
        let image = Entry::of(images, index);
        let bytes = &bytes[image.first_byte..];
        bands(out).for_each_init(Between::default, |between, band| {
            let order =
                if image.columns_first { Between::columns_first } else { Between::rows_first };
            order(between, bytes, image, tables, finish, band);
        });
    });
    FlexTensor::from_data(TensorData::new(out, [count, 3, SIZE, SIZE]))
}

/// A weight as a whole number of parts, which f32 holds without error.
fn parts(weight: f32) -> i32 {
    (weight * fid_core::FIXED_POINT as f32) as i32
}

/// The byte nearest to a sum that started with [`HALF`].
fn byte(sum: i32) -> u8 {
    (sum >> POINT).clamp(0, 255) as u8
}

/// What is between the passes; pixels are interleaved everywhere.
#[derive(Default)]
struct Between {
    lines: Vec<u8>,
    sums: Vec<i32>,
    row: Vec<u8>,
}

impl Between {
    /// Every row that the band needs is resized, then each of the band's rows is made of those.
    fn rows_first(
        &mut self,
        bytes: &[u8],
        image: Entry,
        tables: Tables<'_, i32>,
        finish: Finish,
        band: Band<'_>,
    ) {
        let (stride, width) = (image.width * image.channels, SIZE * image.channels);
        let range = band.range();
        let (top, _) = tables.at(image.rows, range.start);
        let (last, weights) = tables.at(image.rows, range.end - 1);
        self.lines.clear();
        for row in bytes[top * stride..].chunks_exact(stride).take(last + weights.len() - top) {
            for x in 0..SIZE {
                let pixel = horizontal(row, image.channels, tables.at(image.columns, x));
                self.lines.extend_from_slice(&pixel[..image.channels]);
            }
        }
        for (y, rgb) in band.rows() {
            let (first, weights) = tables.at(image.rows, y);
            vertical(
                &self.lines[(first - top) * width..],
                weights,
                &mut self.sums,
                &mut self.row,
                width,
            );
            write(rgb, finish, image.channels, |x| four(&self.row, x * image.channels));
        }
    }

    /// As `two_pass` goes.
    fn columns_first(
        &mut self,
        bytes: &[u8],
        image: Entry,
        tables: Tables<'_, i32>,
        finish: Finish,
        band: Band<'_>,
    ) {
        let stride = image.width * image.channels;
        for (y, rgb) in band.rows() {
            let (first, weights) = tables.at(image.rows, y);
            vertical(&bytes[first * stride..], weights, &mut self.sums, &mut self.row, stride);
            write(rgb, finish, image.channels, |x| {
                horizontal(&self.row, image.channels, tables.at(image.columns, x))
            });
        }
    }
}

/// `row` becomes the weighted sum of the first of `lines`, each `width` long.
fn vertical(lines: &[u8], weights: &[i32], sums: &mut Vec<i32>, row: &mut Vec<u8>, width: usize) {
    sums.clear();
    sums.resize(width, HALF);
    for (line, weight) in lines.chunks_exact(width).zip(weights) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += i32::from(*value) * weight;
        }
    }
    row.clear();
    row.extend(sums.iter().copied().map(byte));
}

/// One pixel of a row; what is behind its channels is of no use.
fn horizontal(row: &[u8], channels: usize, (first, weights): (usize, &[i32])) -> [u8; 4] {
    let mut sums = [HALF; 4];
    for (column, weight) in (first..).zip(weights) {
        let pixel = four(row, column * channels).map(i32::from);
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += value * weight;
        }
    }
    sums.map(byte)
}

/// One row of the result.
fn write(
    [red, green, blue]: [&mut [f32]; 3],
    finish: Finish,
    channels: usize,
    pixel: impl Fn(usize) -> [u8; 4],
) {
    for (x, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
        let pixel = pixel(x).map(|value| finish.apply(f32::from(value)));
        [*red, *green, *blue] = match channels {
            1 => [pixel[0]; 3],
            _ => [pixel[0], pixel[1], pixel[2]],
        };
    }
}
