//! The CPU twin of `kernel.rs`: the same sums in the same order. The two passes of one output row
//! follow each other, so that the intermediate is one row of the image and not a buffer of the batch.

use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use crate::preprocess::Finish;
use crate::preprocess::packed::Tables;
use crate::preprocess::planes::{bands, each_image, line_sums, pixel_sums, write_row};

/// See [`crate::PackedBatch`] for the layout of the arguments.
pub(crate) fn preprocess(
    pixels: &FlexTensor,
    images: &FlexTensor,
    taps: &FlexTensor,
    weights: &FlexTensor,
    finish: Finish,
) -> FlexTensor {
    let (taps, weights) = (taps.storage::<u32>(), weights.storage::<f32>());
    let tables = Tables { taps, weights };
    each_image(pixels, images, |bytes, image, out| {
        bands(out).for_each_init(Vec::new, |columns, band| {
            let stride = image.width * image.channels;
            for (y, rgb) in band.rows() {
                let (first, weights) = tables.at(image.rows, y);
                line_sums(&bytes[first * stride..], stride, weights, 0.0, columns);
                write_row(rgb, image.channels, |x| {
                    let table = tables.at(image.columns, x);
                    let sums: [f32; 4] = pixel_sums(columns, image.channels, table, 0.0);
                    sums.map(|value| finish.apply(value))
                });
            }
        });
    })
}
