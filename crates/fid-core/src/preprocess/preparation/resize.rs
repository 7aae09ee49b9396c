//! Pillow's `resize` of an image of bytes.

use crate::preprocess::bytes::{HALF, byte, fixed_point};
use crate::preprocess::planes::{line_sums, pixel_sums};
use crate::preprocess::steps::{ResizeMode, Rounding, pillow_resizes_columns_first};
use crate::{AxisTable, Error, Image8, ImageSize};

/// Resizes an image to the height and width of `to`: the rows, then the columns, or the other way
/// round where Pillow does. A side that keeps its size is left as it is.
pub(super) fn resize(image: Image8, to: ImageSize, mode: ResizeMode) -> Result<Image8, Error> {
    let from = ImageSize::from(&image);
    if (from.height, from.width) == (to.height, to.width) {
        return Ok(image);
    }
    let (width, channels) = (from.width, from.channels);
    let pixels = image.into_pixels();
    let along = |pixels: Vec<u8>| -> Result<Vec<u8>, Error> {
        if width == to.width {
            return Ok(pixels);
        }
        Ok(Axis::new(mode, width, to.width)?.resize_rows(&pixels, channels))
    };
    let across = |pixels: Vec<u8>, width: usize| -> Result<Vec<u8>, Error> {
        if from.height == to.height {
            return Ok(pixels);
        }
        Ok(Axis::new(mode, from.height, to.height)?.resize_columns(&pixels, width * channels))
    };
    let pixels = if columns_first(from, to) {
        along(across(pixels, width)?)?
    } else {
        across(along(pixels)?, to.width)?
    };
    Image8::new(to.height, to.width, channels, pixels)
        .map_err(|wrong| Error::AxisSize { input: width, output: wrong.width })
}

/// Bytes that the resize takes beside the image: the result and what is between the passes.
pub(super) fn memory(from: ImageSize, to: ImageSize) -> u64 {
    let (height, width) =
        if columns_first(from, to) { (to.height, from.width) } else { (from.height, to.width) };
    let pixels = to.height as u64 * to.width as u64 + height as u64 * width as u64;
    pixels * from.channels as u64
}

fn columns_first(from: ImageSize, to: ImageSize) -> bool {
    pillow_resizes_columns_first([from.height, from.width], [to.height, to.width])
}

/// The taps of an axis, with weights in fixed point.
struct Axis {
    table: AxisTable,
    weights: Vec<i32>,
}

impl Axis {
    fn new(mode: ResizeMode, from: usize, to: usize) -> Result<Self, Error> {
        let table = AxisTable::new(mode, Rounding::ToBytes, from, to)?;
        let weights = table.weights().iter().map(|&weight| fixed_point(weight)).collect();
        Ok(Self { table, weights })
    }

    /// First input position and weights of each output position.
    fn taps(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let taps = self.table.starts().iter().zip(self.weights.chunks_exact(self.table.taps()));
        taps.map(|(&first, weights)| {
            let first = first as usize;
            // Weights beyond the edge are padding.
            (first, &weights[..weights.len().min(self.table.input_size() - first)])
        })
    }

    /// Resizes every row of `pixels`.
    fn resize_rows(&self, pixels: &[u8], channels: usize) -> Vec<u8> {
        let stride = self.table.input_size() * channels;
        let rows = pixels.len() / stride;
        let mut out = Vec::with_capacity(rows * self.table.output_size() * channels);
        for row in pixels.chunks_exact(stride) {
            for taps in self.taps() {
                let pixel = pixel_sums(row, channels, taps, HALF).map(byte);
                out.extend_from_slice(&pixel[..channels]);
            }
        }
        out
    }

    /// Resizes the columns of `pixels`, whose rows have `stride` values.
    fn resize_columns(&self, pixels: &[u8], stride: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.table.output_size() * stride);
        let mut sums = Vec::new();
        for (first, weights) in self.taps() {
            line_sums(&pixels[first * stride..], stride, weights, HALF, &mut sums);
            out.extend(sums.iter().copied().map(byte));
        }
        out
    }
}
