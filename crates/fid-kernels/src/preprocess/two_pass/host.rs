//! The CPU twin of `kernel.rs`: the same sums in the same order. The two passes of one output row
//! follow each other, so that the intermediate is one row of the image and not a buffer of the batch.

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
        bands(out).for_each_init(Vec::new, |columns, band| {
            for (y, [red, green, blue]) in band.rows() {
                vertical(bytes, image, tables.at(image.rows, y), columns);
                let values = red.iter_mut().zip(green).zip(blue).enumerate();
                for (x, ((red, green), blue)) in values {
                    let sums = horizontal(columns, image.channels, tables.at(image.columns, x));
                    [*red, *green, *blue] = match image.channels {
                        1 => [finish.apply(sums[0]); 3],
                        _ => [sums[0], sums[1], sums[2]].map(|value| finish.apply(value)),
                    };
                }
            }
        });
    });
    FlexTensor::from_data(TensorData::new(out, [count, 3, SIZE, SIZE]))
}

/// One output row of every column and channel: `columns` becomes `[width·channels]`.
fn vertical(bytes: &[u8], image: Entry, (first, weights): (usize, &[f32]), columns: &mut Vec<f32>) {
    let stride = image.width * image.channels;
    columns.clear();
    columns.resize(stride, 0.0);
    for (row, weight) in bytes[first * stride..].chunks_exact(stride).zip(weights) {
        for (sum, &value) in columns.iter_mut().zip(row) {
            *sum += f32::from(value) * weight;
        }
    }
}

/// One output pixel of a row of columns, in all its channels; what is behind them is of no use.
fn horizontal(columns: &[f32], channels: usize, (first, weights): (usize, &[f32])) -> [f32; 4] {
    let mut sums = [0.0; 4];
    for (column, weight) in (first..).zip(weights) {
        for (sum, value) in sums.iter_mut().zip(four(columns, column * channels)) {
            *sum += value * weight;
        }
    }
    sums
}
