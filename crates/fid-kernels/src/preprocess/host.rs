//! The CPU twin of `kernel.rs`: the same tables, the same sums, on all cores.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use rayon::prelude::*;

use super::{Finish, SIZE};

/// See [`super::PackedBatch`] for the layout of the arguments.
pub(crate) fn preprocess(
    pixels: &FlexTensor,
    images: &FlexTensor,
    taps: &FlexTensor,
    weights: &FlexTensor,
    finish: Finish,
) -> FlexTensor {
    let bytes = pixels.bytes();
    let images = images.storage::<u32>();
    let taps = taps.storage::<u32>();
    let weights = weights.storage::<f32>();
    let count = images.len() / 5;
    let mut out = vec![0f32; count * 3 * SIZE * SIZE];

    let axis = |first: u32, at: usize| {
        let tap = &taps[(first as usize + at) * 3..][..3];
        let weights = &weights[tap[2] as usize..][..tap[1] as usize];
        (tap[0] as usize, weights)
    };
    let jobs = out.par_chunks_exact_mut(SIZE).enumerate();
    jobs.for_each(|(line, out)| {
        let image = &images[line / (3 * SIZE) * 5..][..5];
        let channel = line / SIZE % 3;
        let (width, channels) = (image[1] as usize, image[2] as usize);
        let bytes = &bytes[image[0] as usize + channel.min(channels - 1)..];
        let (first_row, row_weights) = axis(image[3], line % SIZE);
        for (x, out) in out.iter_mut().enumerate() {
            let (first_column, column_weights) = axis(image[4], x);
            let mut sum = 0.0;
            for (row, row_weight) in row_weights.iter().enumerate() {
                let start = ((first_row + row) * width + first_column) * channels;
                let line = bytes[start..].iter().step_by(channels);
                let line_sum: f32 = line.zip(column_weights).map(|(&v, w)| f32::from(v) * w).sum();
                sum += line_sum * row_weight;
            }
            *out = sum.clamp(finish.low, finish.high) * finish.factor + finish.offset;
        }
    });
    FlexTensor::from_data(TensorData::new(out, [count, 3, SIZE, SIZE]))
}
