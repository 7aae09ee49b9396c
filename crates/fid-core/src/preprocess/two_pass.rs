//! Two passes: columns, then rows. The GPU kernel of the same name makes the same sums in the same
//! order. Here each output row runs both passes, so the intermediate is one row instead of a buffer
//! for the batch.

use rayon::prelude::*;

use super::packed::Tables;
use super::plan::Plan;
use super::planes::{bands, each_image, line_sums, pixel_sums, write_row};

/// Preprocesses every image of a packed batch: `[n,3,side,side]`.
pub(super) fn preprocess(bytes: &[u8], images: &[u32], tables: Tables<'_>, plan: Plan) -> Vec<f32> {
    each_image(bytes, images, plan, |bytes, image, out| {
        bands(out, plan.side).for_each_init(Vec::new, |columns, band| {
            let stride = image.width * image.channels;
            for (y, rgb) in band.rows() {
                let (first, weights) = tables.at(image.rows, y);
                line_sums(&bytes[first * stride..], stride, weights, 0.0, columns);
                write_row(rgb, image.channels, Some(plan.finish), |x| {
                    pixel_sums(columns, image.channels, tables.at(image.columns, x), 0.0)
                });
            }
        });
    })
}
