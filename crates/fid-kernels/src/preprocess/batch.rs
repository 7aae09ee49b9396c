//! Images on their way to the device.

use std::collections::HashMap;
use std::ops::Range;

use burn::prelude::*;
use burn::tensor::DType;
use fid_core::{AxisTable, Image8, Preset};

use super::packed::IMAGE_WORDS;
use super::{BatchBytes, Lines, Plan, SIZE, columns_first};
use crate::ops::{FidOps, Ops};

/// Images of any sizes, gray or RGB, packed for one upload.
///
/// Layout, all `u32` but the weights:
/// - `pixels`: every image's bytes, HWC, one after the other, four to a word, low byte first;
/// - `images` `[n,8]`: first byte, width, channels (1 or 3), first row of `taps` for the vertical
///   and for the horizontal axis, first column (the widths in bytes of the images before it), first
///   line of bytes (the rows, or the columns, of the images before it in all channels), 1 where bytes
///   are resized by columns first and else 0;
/// - `taps` `[rows,3]`: for each output position of an axis (299 of them) the first source pixel,
///   the number of source pixels, the first weight. Images that share a side share a table;
/// - `weights`: the weights of those source pixels.
#[derive(Debug)]
pub struct PackedBatch {
    preset: Preset,
    bytes: Vec<u8>,
    images: Vec<u32>,
    taps: Vec<u32>,
    weights: Vec<f32>,
    tables: HashMap<usize, u32>,
    lines: Lines,
}

impl PackedBatch {
    /// An empty batch.
    pub fn new(preset: Preset) -> Self {
        Self {
            preset,
            bytes: Vec::new(),
            images: Vec::new(),
            taps: Vec::new(),
            weights: Vec::new(),
            tables: HashMap::new(),
            lines: Lines::default(),
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len() / IMAGE_WORDS
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Bytes of the largest buffer that a device needs for this batch, apart from the result.
    pub fn num_bytes(&self) -> u64 {
        let mut bytes = BatchBytes::new(self.preset);
        (bytes.pixels, bytes.lines) = (self.bytes.len(), self.lines);
        bytes.get()
    }

    /// Adds an image. For a device the caller keeps [`Self::num_bytes`] under its limit
    /// ([`crate::ComputeDevice::max_binding_bytes`]), which is itself under 4 GiB.
    ///
    /// # Errors
    ///
    /// [`fid_core::Error::AxisSize`] for a side that f32 cannot count.
    pub fn push(&mut self, image: &Image8) -> Result<(), fid_core::Error> {
        let rows = self.table(image.height())?;
        let columns = self.table(image.width())?;
        let [byte, width, channels] =
            [self.bytes.len(), image.width(), image.channels()].map(|v| v as u32);
        let [column, line] = [self.lines.columns, self.lines.of_bytes].map(|v| v as u32);
        let order = u32::from(columns_first(image.into()));
        self.images.extend([byte, width, channels, rows, columns, column, line, order]);
        self.bytes.extend_from_slice(image.pixels());
        self.lines = self.lines.with(image.into());
        Ok(())
    }

    /// The images at `range`, which lies within `0..self.len()`, as a batch of their own.
    ///
    /// # Panics
    ///
    /// Where it does not: a mistake of the caller.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let start = |index: usize| match self.images.get(index * IMAGE_WORDS..) {
            Some(&[byte, _, _, _, _, column, line, ..]) => [byte, column, line],
            _ => [self.bytes.len(), self.lines.columns, self.lines.of_bytes].map(|v| v as u32),
        };
        let ([byte, column, line], end) = (start(range.start), start(range.end));
        let mut images = self.images[range.start * IMAGE_WORDS..range.end * IMAGE_WORDS].to_vec();
        for entry in images.chunks_exact_mut(IMAGE_WORDS) {
            entry[0] -= byte;
            entry[5] -= column;
            entry[6] -= line;
        }
        let [end_byte, end_column, end_line] = end;
        Self {
            preset: self.preset,
            bytes: self.bytes[byte as usize..end_byte as usize].to_vec(),
            images,
            taps: self.taps.clone(),
            weights: self.weights.clone(),
            tables: self.tables.clone(),
            lines: Lines {
                columns: (end_column - column) as usize,
                of_bytes: (end_line - line) as usize,
            },
        }
    }

    /// Where the table for an axis of `size` pixels starts, made on first use.
    fn table(&mut self, size: usize) -> Result<u32, fid_core::Error> {
        if let Some(&start) = self.tables.get(&size) {
            return Ok(start);
        }
        let start = (self.taps.len() / 3) as u32;
        let axis = AxisTable::new(self.preset.resize(), self.preset.rounding(), size, SIZE)?;
        for (at, &first) in axis.starts().iter().enumerate() {
            // Past the edge the definition reads the last pixel again: one pixel, both weights.
            let inside = (size - first as usize).min(axis.taps());
            let (weights, beyond) =
                axis.weights()[at * axis.taps()..][..axis.taps()].split_at(inside);
            self.taps.extend([first, inside as u32, self.weights.len() as u32]);
            self.weights.extend_from_slice(weights);
            if let Some(last) = self.weights.last_mut() {
                *last += beyond.iter().sum::<f32>();
            }
        }
        self.tables.insert(size, start);
        Ok(start)
    }

    /// Uploads the batch and runs the kernels: `[n,3,299,299]` f32, RGB, in the preset's range.
    ///
    /// # Panics
    ///
    /// Where the batch is empty: a mistake of the caller.
    pub fn run(&self, device: &Device) -> Tensor<4> {
        assert!(!self.is_empty(), "a batch has at least one image");
        let (whole, rest) = self.bytes.as_chunks();
        let mut words: Vec<u32> = whole.iter().copied().map(u32::from_le_bytes).collect();
        if !rest.is_empty() {
            let byte = |at: usize| rest.get(at).copied().unwrap_or_default();
            words.push(u32::from_le_bytes([byte(0), byte(1), byte(2), 0]));
        }
        let upload = |words: Vec<u32>| {
            let count = words.len();
            Tensor::<1, Int>::from_data(TensorData::new(words, [count]), (device, DType::U32))
        };
        let count = self.len();
        let pixels = upload(words);
        let images = upload(self.images.clone()).reshape([count, IMAGE_WORDS]);
        let taps = upload(self.taps.clone());
        let weights = Tensor::<1>::from_data(self.weights.as_slice(), device);
        Tensor::from_dispatch(Ops::preprocess(
            pixels.into_dispatch(),
            images.into_dispatch(),
            taps.into_dispatch(),
            weights.into_dispatch(),
            Plan::new(self.preset, self.lines),
        ))
    }
}
