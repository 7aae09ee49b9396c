//! Images on their way to the device.

use std::collections::HashMap;
use std::ops::Range;

use burn::prelude::*;
use burn::tensor::DType;
use fid_core::{Image8, Preset};

use super::packed::IMAGE_WORDS;
use super::tables::PresetTables;
use super::{BatchBytes, Lines, Plan, SIZE, columns_first};
use crate::ops::{FidOps, Ops};

/// Images of any sizes, gray or RGB, packed for one upload, whatever the presets they are read under.
///
/// Layout, all `u32` but the weights:
/// - `pixels`: every image's bytes, HWC, one after the other, four to a word, low byte first;
/// - `images` `[n,8]`: first byte, width, channels (1 or 3), first row of `taps` for the vertical
///   and for the horizontal axis, first column (the widths in bytes of the images before it), first
///   line of bytes (the rows, or the columns, of the images before it in all channels), 1 where bytes
///   are resized by columns first and else 0;
///
/// and under each preset:
/// - `taps` `[rows,3]`: for each output position of an axis (299 of them) the first source pixel,
///   the number of source pixels, the first weight. Images that share a side share a table;
/// - `weights`: the weights of those source pixels.
#[derive(Debug)]
pub struct PackedBatch {
    bytes: Vec<u8>,
    images: Vec<u32>,
    lines: Lines,
    /// Where the table of an axis of some size starts, in those of every preset.
    starts: HashMap<usize, u32>,
    tables: Vec<PresetTables>,
}

/// A batch whose images are on a device.
#[derive(Debug)]
pub struct UploadedBatch<'a> {
    batch: &'a PackedBatch,
    pixels: Tensor<1, Int>,
    images: Tensor<2, Int>,
}

impl PackedBatch {
    /// An empty batch, to be run under each of these presets.
    pub fn new(presets: &[Preset]) -> Self {
        Self {
            bytes: Vec::new(),
            images: Vec::new(),
            lines: Lines::default(),
            starts: HashMap::new(),
            tables: presets.iter().map(|&preset| PresetTables::new(preset)).collect(),
        }
    }

    /// The presets, in their order.
    pub fn presets(&self) -> impl Iterator<Item = Preset> + '_ {
        self.tables.iter().map(|tables| tables.preset)
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len() / IMAGE_WORDS
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Bytes of the largest buffer that a device needs for this batch under a preset, apart from the
    /// result.
    pub fn num_bytes(&self, preset: Preset) -> u64 {
        BatchBytes { pixels: self.bytes.len(), lines: self.lines }.get(&[preset])
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
            bytes: self.bytes[byte as usize..end_byte as usize].to_vec(),
            images,
            lines: Lines {
                columns: (end_column - column) as usize,
                of_bytes: (end_line - line) as usize,
            },
            starts: self.starts.clone(),
            tables: self.tables.clone(),
        }
    }

    /// Where the tables of an axis of `size` pixels start, made on first use.
    fn table(&mut self, size: usize) -> Result<u32, fid_core::Error> {
        if let Some(&start) = self.starts.get(&size) {
            return Ok(start);
        }
        let axes = self.tables.iter().map(|tables| tables.axis(size));
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        self.tables.iter_mut().zip(&axes).for_each(|(tables, axis)| tables.push(axis, size));
        let start = (self.starts.len() * SIZE) as u32;
        self.starts.insert(size, start);
        Ok(start)
    }

    /// Uploads the images.
    ///
    /// # Panics
    ///
    /// Where the batch is empty: a mistake of the caller.
    pub fn upload(&self, device: &Device) -> UploadedBatch<'_> {
        assert!(!self.is_empty(), "a batch has at least one image");
        let (whole, rest) = self.bytes.as_chunks();
        let mut words: Vec<u32> = whole.iter().copied().map(u32::from_le_bytes).collect();
        if !rest.is_empty() {
            let byte = |at: usize| rest.get(at).copied().unwrap_or_default();
            words.push(u32::from_le_bytes([byte(0), byte(1), byte(2), 0]));
        }
        let images = upload(self.images.clone(), device).reshape([self.len(), IMAGE_WORDS]);
        UploadedBatch { batch: self, pixels: upload(words, device), images }
    }
}

impl UploadedBatch<'_> {
    /// Uploads a preset's tables and runs the kernels: `[n,3,299,299]` f32, RGB, in the preset's range.
    ///
    /// # Panics
    ///
    /// Where the batch was not made for the preset: a mistake of the caller.
    pub fn run(&self, preset: Preset) -> Tensor<4> {
        let Some(tables) = self.batch.tables.iter().find(|tables| tables.preset == preset) else {
            panic!("the batch was not made for preset {preset}");
        };
        let (taps, weights) = tables.upload(&self.pixels.device());
        Tensor::from_dispatch(Ops::preprocess(
            self.pixels.clone().into_dispatch(),
            self.images.clone().into_dispatch(),
            taps.into_dispatch(),
            weights.into_dispatch(),
            Plan::new(preset, self.batch.lines),
        ))
    }
}

/// Words on a device.
pub(super) fn upload(words: Vec<u32>, device: &Device) -> Tensor<1, Int> {
    let count = words.len();
    Tensor::from_data(TensorData::new(words, [count]), (device, DType::U32))
}
