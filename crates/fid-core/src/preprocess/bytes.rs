//! The CPU twin of `kernel.rs`: the same sums. The first pass is done for what a band of the result
//! needs of it, so that the intermediate is part of an image and not a buffer of the batch.

use rayon::prelude::*;

use super::batch::PackedBatch;
use super::packed::{Entry, Tables};
use super::plan::Finish;
use super::planes::{Band, bands, each_image, four, line_sums, pixel_sums, write_row};
use super::tables::PresetTables;
use crate::{FIXED_POINT, NETWORK_SIZE as SIZE};

/// Every image of a batch, `[n,3,299,299]`.
pub(super) fn preprocess(batch: &PackedBatch, tables: &PresetTables, finish: Finish) -> Vec<f32> {
    let whole: Vec<i32> = tables.weights().par_iter().map(|&weight| parts(weight)).collect();
    let tables = Tables { taps: tables.taps(), weights: whole.as_slice() };
    each_image(batch.bytes(), batch.images(), |bytes, image, out| {
        let job = Job { bytes, image, tables, finish };
        bands(out).for_each_init(Between::default, |between, band| {
            if image.columns_first {
                between.columns_first(job, band);
            } else {
                between.rows_first(job, band);
            }
        });
    })
}

/// Bits behind the point of weights and sums.
const POINT: u32 = FIXED_POINT.ilog2();

/// What a sum starts with, so that cutting off its fraction rounds half up.
const HALF: i32 = 1 << (POINT - 1);

/// A weight as a whole number of parts, which f32 holds without error.
fn parts(weight: f32) -> i32 {
    (weight * FIXED_POINT as f32) as i32
}

/// The byte nearest to a sum that started with [`HALF`].
fn byte(sum: i32) -> u8 {
    (sum >> POINT).clamp(0, 255) as u8
}

/// An image and what is done to it.
#[derive(Clone, Copy)]
struct Job<'a> {
    bytes: &'a [u8],
    image: Entry,
    tables: Tables<'a, i32>,
    finish: Finish,
}

impl Job<'_> {
    /// One pixel of the result's width, of a row of the image's; what is behind its channels is of no use.
    fn horizontal(&self, row: &[u8], x: usize) -> [u8; 4] {
        let Self { image, tables, .. } = self;
        pixel_sums(row, image.channels, tables.at(image.columns, x), HALF).map(byte)
    }

    /// One row of the result, of bytes.
    fn write(&self, rgb: [&mut [f32]; 3], pixel: impl Fn(usize) -> [u8; 4]) {
        let finish = |value| self.finish.apply(f32::from(value));
        write_row(rgb, self.image.channels, |x| pixel(x).map(finish));
    }
}

/// What is between the passes; pixels are interleaved everywhere.
#[derive(Default)]
struct Between {
    lines: Vec<u8>,
    sums: Vec<i32>,
    row: Vec<u8>,
}

impl Between {
    /// Every row that the band needs is resized, then each of the band's rows is made of those.
    fn rows_first(&mut self, job: Job<'_>, band: Band<'_>) {
        let Job { bytes, image, tables, .. } = job;
        let (stride, width) = (image.width * image.channels, SIZE * image.channels);
        let range = band.range();
        let (top, _) = tables.at(image.rows, range.start);
        let (last, weights) = tables.at(image.rows, range.end - 1);
        self.lines.clear();
        for row in bytes[top * stride..].chunks_exact(stride).take(last + weights.len() - top) {
            for x in 0..SIZE {
                self.lines.extend_from_slice(&job.horizontal(row, x)[..image.channels]);
            }
        }
        for (y, rgb) in band.rows() {
            let (first, weights) = tables.at(image.rows, y);
            line_sums(&self.lines[(first - top) * width..], width, weights, HALF, &mut self.sums);
            self.round();
            job.write(rgb, |x| four(&self.row, x * image.channels));
        }
    }

    /// As `two_pass` goes.
    fn columns_first(&mut self, job: Job<'_>, band: Band<'_>) {
        let Job { bytes, image, tables, .. } = job;
        let stride = image.width * image.channels;
        for (y, rgb) in band.rows() {
            let (first, weights) = tables.at(image.rows, y);
            line_sums(&bytes[first * stride..], stride, weights, HALF, &mut self.sums);
            self.round();
            job.write(rgb, |x| job.horizontal(&self.row, x));
        }
    }

    /// The sums become a row of bytes.
    fn round(&mut self) {
        self.row.clear();
        self.row.extend(self.sums.iter().copied().map(byte));
    }
}
