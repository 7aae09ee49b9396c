//! Two passes in integers with a rounding to bytes after each, as Pillow resizes. The GPU kernel of
//! the same name makes the same sums. Here the first pass covers only the lines that a band of
//! output rows reads, so the intermediate is part of an image instead of a buffer for the batch.

use rayon::prelude::*;

use super::packed::{Entry, Tables};
use super::plan::Plan;
use super::planes::{Band, bands, each_image, four, line_sums, pixel_sums, write_row};
use crate::FIXED_POINT;

/// Preprocesses every image of a packed batch: `[n,3,side,side]`.
pub(super) fn preprocess(bytes: &[u8], images: &[u32], tables: Tables<'_>, plan: Plan) -> Vec<f32> {
    let weights: Vec<i32> = tables.weights.par_iter().map(|&weight| fixed_point(weight)).collect();
    let tables = Tables { taps: tables.taps, weights: weights.as_slice() };
    each_image(bytes, images, plan, |bytes, image, out| {
        let job = Job { bytes, image, tables, plan };
        bands(out, plan.side).for_each_init(Intermediate::default, |intermediate, band| {
            if image.columns_first {
                intermediate.columns_first(job, band);
            } else {
                intermediate.rows_first(job, band);
            }
        });
    })
}

/// Fraction bits of weights and sums.
const FRACTION_BITS: u32 = FIXED_POINT.ilog2();

/// Start of a sum: dropping the fraction then rounds half up.
pub(super) const HALF: i32 = 1 << (FRACTION_BITS - 1);

/// A weight in fixed point; the f32 holds it without error.
pub(super) fn fixed_point(weight: f32) -> i32 {
    (weight * FIXED_POINT as f32) as i32
}

/// Rounds a sum that started with [`HALF`] to a byte.
pub(super) fn byte(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}

/// An image, its tables and its last step.
#[derive(Clone, Copy)]
struct Job<'a> {
    bytes: &'a [u8],
    image: Entry,
    tables: Tables<'a, i32>,
    plan: Plan,
}

impl Job<'_> {
    /// Output pixel `x` of an input row; values past the image's channels are meaningless.
    fn horizontal(&self, row: &[u8], x: usize) -> [u8; 4] {
        let Self { image, tables, .. } = self;
        pixel_sums(row, image.channels, tables.at(image.columns, x), HALF).map(byte)
    }

    /// Writes one output row.
    fn write(&self, rgb: [&mut [f32]; 3], pixel: impl Fn(usize) -> [u8; 4]) {
        let finish = Some(self.plan.finish);
        write_row(rgb, self.image.channels, finish, |x| pixel(x).map(f32::from));
    }
}

/// Buffers between the passes; channels are interleaved in each.
#[derive(Default)]
struct Intermediate {
    lines: Vec<u8>,
    sums: Vec<i32>,
    row: Vec<u8>,
}

impl Intermediate {
    /// Resizes every row that the band reads, then the columns.
    fn rows_first(&mut self, job: Job<'_>, band: Band<'_>) {
        let Job { bytes, image, tables, .. } = job;
        let side = job.plan.side;
        let (stride, width) = (image.width * image.channels, side * image.channels);
        let range = band.range();
        let (top, _) = tables.at(image.rows, range.start);
        let (last, weights) = tables.at(image.rows, range.end - 1);
        self.lines.clear();
        for row in bytes[top * stride..].chunks_exact(stride).take(last + weights.len() - top) {
            for x in 0..side {
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

    /// Resizes the columns of each output row, then the row.
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

    /// Rounds `sums` into `row`.
    fn round(&mut self) {
        self.row.clear();
        self.row.extend(self.sums.iter().copied().map(byte));
    }
}
