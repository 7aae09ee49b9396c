//! The CPU twin of `kernel.rs`: the same sums in the same order. The two passes of one output row
//! follow each other, so that the intermediate is one row of the image and not a buffer of the batch.

use rayon::prelude::*;

use super::batch::PackedBatch;
use super::packed::Tables;
use super::plan::Finish;
use super::planes::{bands, each_image, line_sums, pixel_sums, write_row};
use super::tables::PresetTables;

/// Every image of a batch, `[n,3,299,299]`.
pub(super) fn preprocess(batch: &PackedBatch, tables: &PresetTables, finish: Finish) -> Vec<f32> {
    let tables = Tables { taps: tables.taps(), weights: tables.weights() };
    each_image(batch.bytes(), batch.images(), |bytes, image, out| {
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
