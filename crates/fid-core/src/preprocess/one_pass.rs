//! One pass: each output value is a sum over its rectangle of pixels. The GPU kernel of the same
//! name makes the same sums.

use rayon::prelude::*;

use super::packed::{Entry, Tables};
use super::plan::Finish;
use super::planes::{bands, each_image, pixel_sums, write_row};
use crate::NETWORK_SIZE as SIZE;

/// Preprocesses every image of a packed batch: `[n,3,299,299]`.
pub(super) fn preprocess(
    bytes: &[u8],
    images: &[u32],
    tables: Tables<'_>,
    finish: Finish,
) -> Vec<f32> {
    each_image(bytes, images, |bytes, image, out| {
        bands(out).for_each(|band| {
            // Neighbouring output rows share input rows: the two last ones are kept.
            let mut lines = [const { Line::empty() }; 2];
            let mut sums = [[0.0; SIZE]; 3];
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
                for (out, sums) in rgb.into_iter().zip(&sums) {
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = finish.apply(*sum);
                    }
                }
            }
        });
    })
}

/// An image row resized to the output width, one array a channel.
struct Line {
    row: Option<usize>,
    values: [[f32; SIZE]; 3],
}

impl Line {
    const fn empty() -> Self {
        Self { row: None, values: [[0.0; SIZE]; 3] }
    }

    /// Resizes `row` into this line, unless it is there already.
    fn load(&mut self, bytes: &[u8], image: Entry, tables: Tables<'_>, row: usize) {
        if self.row.replace(row) == Some(row) {
            return;
        }
        let start = row * image.width * image.channels;
        let line = &bytes[start..];
        write_row(self.values.each_mut().map(|values| &mut values[..]), image.channels, |x| {
            pixel_sums(line, image.channels, tables.at(image.columns, x), 0.0)
        });
    }
}
