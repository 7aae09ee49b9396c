//! The CPU twins, for tests: plain loops over the same layouts.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

use super::{ConvPlan, Geometry, Pool};

/// Calls `tap` with the position in the window and the input row, for each that lies in the image.
fn taps(g: &Geometry, pixel: usize, mut tap: impl FnMut(usize, usize)) {
    let [height, width] = g.output;
    let (image, y, x) = (pixel / width / height, pixel / width % height, pixel % width);
    for ky in 0..g.window.size[0] {
        for kx in 0..g.window.size[1] {
            let row = (y * g.window.stride + ky).wrapping_sub(g.window.padding[0]);
            let column = (x * g.window.stride + kx).wrapping_sub(g.window.padding[1]);
            if row < g.input[0] && column < g.input[1] {
                let input = (image * g.input[0] + row) * g.input[1] + column;
                tap(ky * g.window.size[1] + kx, input);
            }
        }
    }
}

/// `out` with the slice of every pixel, and of the row of zeros, replaced.
fn replaced(out: FlexTensor, g: &Geometry, of: impl Fn(usize, usize) -> f32) -> FlexTensor {
    let shape = [g.pixels() + 1, g.out_channels];
    let mut values = out.storage::<f32>().to_vec();
    for (pixel, row) in values.chunks_exact_mut(g.out_channels).enumerate() {
        for (filter, value) in row[g.out_offset..][..g.filters].iter_mut().enumerate() {
            *value = if pixel < g.pixels() { of(pixel, filter) } else { 0.0 };
        }
    }
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The convolution.
pub(crate) fn conv(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    out: FlexTensor,
    plan: ConvPlan,
) -> FlexTensor {
    let ConvPlan { geometry: g, tile, relu } = plan;
    let [input, weight, bias] = [input, weight, bias].map(FlexTensor::storage::<f32>);
    let (width, channels) = (tile.filters(), g.in_channels);
    let fan = tile.rows(g.window.size[0] * g.window.size[1] * channels);
    replaced(out, &g, |pixel, filter| {
        let columns = &weight[filter / width * fan * width + filter % width..];
        let mut sum = bias[filter];
        taps(&g, pixel, |position, row| {
            let values = &input[row * channels..][..channels];
            let weights = columns[position * channels * width..].iter().step_by(width);
            sum += values.iter().zip(weights).map(|(a, b)| a * b).sum::<f32>();
        });
        if relu { sum.max(0.0) } else { sum }
    })
}

/// Pooling.
pub(crate) fn pool(input: &FlexTensor, out: FlexTensor, pool: Pool, g: Geometry) -> FlexTensor {
    let input = input.storage::<f32>();
    replaced(out, &g, |pixel, channel| {
        let mut values = Vec::new();
        taps(&g, pixel, |_, row| values.push(input[row * g.in_channels + channel]));
        match pool {
            Pool::Max => values.into_iter().fold(f32::MIN, f32::max),
            Pool::Average => values.iter().sum::<f32>() / values.len() as f32,
        }
    })
}

/// The layout of the input.
pub(crate) fn rows(images: FlexTensor) -> FlexTensor {
    let data = images.into_data();
    let shape = data.shape().clone();
    let (channels, area) = (shape[1], shape[2] * shape[3]);
    let width = channels.next_multiple_of(4);
    let mut out = vec![0.0; (shape[0] * area + 1) * width];
    let values = data.iter::<f32>();
    for (at, value) in values.enumerate() {
        let (image, channel, pixel) = (at / area / channels, at / area % channels, at % area);
        out[(image * area + pixel) * width + channel] = value;
    }
    FlexTensor::from_data(TensorData::new(out, [shape[0] * area + 1, width]))
}
