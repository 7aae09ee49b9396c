//! The CPU twin of `kernel.rs`: the same tables, the same sums, on all cores.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use rayon::prelude::*;

use crate::preprocess::packed::{Entry, IMAGE_WORDS, Tables};
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

    let jobs = out.par_chunks_exact_mut(SIZE).enumerate();
    jobs.for_each(|(line, out)| {
        let image = Entry::of(images, line / (3 * SIZE));
        let channel = line / SIZE % 3;
        let bytes = &bytes[image.first_byte + channel.min(image.channels - 1)..];
        let (first_row, row_weights) = tables.at(image.rows, line % SIZE);
        for (x, out) in out.iter_mut().enumerate() {
            let (first_column, column_weights) = tables.at(image.columns, x);
            let mut sum = 0.0;
            for (row, row_weight) in row_weights.iter().enumerate() {
                let start = ((first_row + row) * image.width + first_column) * image.channels;
                let line = bytes[start..].iter().step_by(image.channels);
                let line_sum: f32 = line.zip(column_weights).map(|(&v, w)| f32::from(v) * w).sum();
                sum += line_sum * row_weight;
            }
            *out = finish.apply(sum);
        }
    });
    FlexTensor::from_data(TensorData::new(out, [count, 3, SIZE, SIZE]))
}
