//! One pass: each output value is a sum over its rectangle of pixels. The GPU kernel of the same
//! name makes the same sums.

use rayon::prelude::*;

use super::packed::{Entry, Tables};
use super::plan::Plan;
use super::planes::{bands, each_image, pixel_sums, write_row};

/// Preprocesses every image of a packed batch: `[n,3,side,side]`.
pub(super) fn preprocess(bytes: &[u8], images: &[u32], tables: Tables<'_>, plan: Plan) -> Vec<f32> {
    each_image(bytes, images, plan, |bytes, image, out| {
        bands(out, plan.side).for_each(|band| {
            // Neighbouring output rows share input rows: the two last ones are kept.
            let mut lines = [(); 2].map(|()| Line::empty(plan.side));
            let mut sums = [(); 3].map(|()| vec![0.0; plan.side]);
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
                for (channel, (out, sums)) in rgb.into_iter().zip(&sums).enumerate() {
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = plan.finish.apply(channel, *sum);
                    }
                }
            }
        });
    })
}

/// An image row resized to the output width, one array a channel.
struct Line {
    row: Option<usize>,
    values: [Vec<f32>; 3],
}

impl Line {
    fn empty(side: usize) -> Self {
        Self { row: None, values: [(); 3].map(|()| vec![0.0; side]) }
    }

    /// Resizes `row` into this line, unless it is there already.
    fn load(&mut self, bytes: &[u8], image: Entry, tables: Tables<'_>, row: usize) {
        if self.row.replace(row) == Some(row) {
            return;
        }
        let start = row * image.width * image.channels;
        let line = &bytes[start..];
        write_row(
            self.values.each_mut().map(|values| &mut values[..]),
            image.channels,
            None,
            |x| pixel_sums(line, image.channels, tables.at(image.columns, x), 0.0),
        );
    }
}
