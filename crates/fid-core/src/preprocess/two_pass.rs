//! Two passes: columns, then rows. The GPU kernel of the same name makes the same sums in the same
//! order. Here each output row runs both passes, so the intermediate is one row instead of a buffer
//! for the batch.

use rayon::prelude::*;

use super::packed::Tables;
use super::plan::Finish;
use super::planes::{bands, each_image, line_sums, pixel_sums, write_row};

/// Preprocesses every image of a packed batch: `[n,3,299,299]`.
pub(super) fn preprocess(
    bytes: &[u8],
    images: &[u32],
    tables: Tables<'_>,
    finish: Finish,
) -> Vec<f32> {
    each_image(bytes, images, |bytes, image, out| {
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
