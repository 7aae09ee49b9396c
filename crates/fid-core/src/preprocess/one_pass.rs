//! The CPU twin of `kernel.rs`: the same tables, the same sums, on all cores. A row of the image that
//! several rows of the result share is gone over once.

use rayon::prelude::*;

use super::batch::PackedBatch;
use super::packed::{Entry, Tables};
use super::plan::Finish;
use super::planes::{bands, each_image, pixel_sums, write_row};
use super::tables::PresetTables;
use crate::NETWORK_SIZE as SIZE;

/// Every image of a batch, `[n,3,299,299]`.
pub(super) fn preprocess(batch: &PackedBatch, tables: &PresetTables, finish: Finish) -> Vec<f32> {
    let tables = Tables { taps: tables.taps(), weights: tables.weights() };
    each_image(batch.bytes(), batch.images(), |bytes, image, out| {
        bands(out).for_each(|band| {
            let mut lines = [const { Line::none() }; 2];
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

/// A row of the image at the width of the result, in each channel.
struct Line {
    row: Option<usize>,
    values: [[f32; SIZE]; 3],
}

impl Line {
    const fn none() -> Self {
        Self { row: None, values: [[0.0; SIZE]; 3] }
    }

    /// Makes this the line of `row`, if it is not.
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
