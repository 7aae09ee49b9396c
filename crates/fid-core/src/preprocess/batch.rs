//! Batches of images of any sizes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::batch_bytes::BatchBytes;
use super::packed::IMAGE_WORDS;
use super::plan::{Lines, Passes, Plan};
use super::tables::PresetTables;
use super::{bytes, one_pass, two_pass};
use crate::{AxisTable, Error, Fit, Image8, Preset};

/// Images of any sizes, gray or RGB, packed for one upload that serves several presets.
///
/// Layout for all presets:
/// - [`bytes`](Self::bytes): every image's pixels, HWC, image after image;
/// - [`images`](Self::images) `[n,9]`: first byte, width, channels (1 or 3), first row of the
///   tables for the vertical and for the horizontal axis, first line of the intermediate of two
///   passes, the same for presets that round to bytes, a bit for each preset that says whether it
///   resizes the columns first, and height. A line is as many values of the intermediate as the
///   output is wide; the images before this one take as many lines as they have columns (with
///   rounding to bytes: rows, or columns if these come first), times channels.
///
/// For each preset ([`PresetTables`]):
/// - `taps` `[rows,3]`: for each output position of an axis the first source pixel, the number of
///   source pixels and the first weight; as many rows as the largest preset's output is wide.
///   Images that share a side share a table, if no preset cuts images;
/// - `weights`: the weights of those source pixels.
///
/// A clone shares the pixels.
#[derive(Debug, Clone)]
pub struct PackedBatch {
    bytes: Arc<Vec<u8>>,
    images: Vec<u32>,
    lines: Lines,
    /// First row of the table for an axis of some size beside one of another, which is 0 if no
    /// preset cuts images; the same under every preset.
    starts: HashMap<[usize; 2], u32>,
    tables: Vec<PresetTables>,
}

impl PackedBatch {
    /// An empty batch, to be preprocessed under each of `presets`.
    pub fn new(presets: &[Preset]) -> Self {
        Self {
            bytes: Arc::default(),
            images: Vec::new(),
            lines: Lines::default(),
            starts: HashMap::new(),
            tables: presets.iter().map(|&preset| PresetTables::new(preset)).collect(),
        }
    }

    /// The presets, in the order of [`Self::new`].
    pub fn presets(&self) -> impl Iterator<Item = Preset> + '_ {
        self.tables.iter().map(|tables| tables.preset)
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len() / IMAGE_WORDS
    }

    /// Whether the batch has no image.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Bytes of the largest buffer that a device needs for this batch under `preset`, apart from
    /// the output.
    pub fn num_bytes(&self, preset: Preset) -> u64 {
        BatchBytes { pixels: self.bytes.len(), lines: self.lines }.get(&[preset])
    }

    /// Adds an image. The caller keeps [`Self::num_bytes`] under the limit of the engine
    /// ([`crate::engine::EngineInfo::max_buffer_bytes`]), which is itself under 4 GiB.
    ///
    /// # Errors
    ///
    /// [`Error::AxisSize`] for a side of more pixels than f32 can count.
    pub fn push(&mut self, image: &Image8) -> Result<(), Error> {
        let (height, width) = (image.height(), image.width());
        let rows = self.table(height, width)?;
        let columns = self.table(width, height)?;
        let first =
            |(at, preset): (usize, Preset)| u32::from(preset.columns_first(height, width)) << at;
        let order = self.presets().enumerate().map(first).sum();
        let [byte, height, width, channels] =
            [self.bytes.len(), height, width, image.channels()].map(|v| v as u32);
        let [column, line] = [self.lines.columns, self.lines.of_bytes].map(|v| v as u32);
        self.images.extend([byte, width, channels, rows, columns, column, line, order, height]);
        Arc::make_mut(&mut self.bytes).extend_from_slice(image.pixels());
        self.lines = self.lines.with(image.into(), self.presets());
        Ok(())
    }

    /// Copies the images at `range` into a batch of their own.
    ///
    /// # Panics
    ///
    /// If `range` exceeds `0..self.len()`.
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
            bytes: Arc::new(self.bytes[byte as usize..end_byte as usize].to_vec()),
            images,
            lines: Lines {
                columns: (end_column - column) as usize,
                of_bytes: (end_line - line) as usize,
            },
            starts: self.starts.clone(),
            tables: self.tables.clone(),
        }
    }

    /// First row of the tables for an axis of `size` pixels beside one of `other`, which the first
    /// use creates.
    fn table(&mut self, size: usize, other: usize) -> Result<u32, Error> {
        let cut = self.presets().any(|preset| preset.fit() != Fit::Stretch);
        let key = [size, if cut { other } else { 0 }];
        if let Some(&start) = self.starts.get(&key) {
            return Ok(start);
        }
        let axes = self.presets().map(|preset| AxisTable::of_preset(preset, size, other));
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        let rows = axes.iter().map(AxisTable::output_size).max().unwrap_or(0);
        self.tables.iter_mut().zip(&axes).for_each(|(tables, axis)| tables.push(axis, size, rows));
        let start = (self.starts.len() * rows) as u32;
        self.starts.insert(key, start);
        Ok(start)
    }

    /// Every image's pixels, `[height,width,channels]` u8, image after image.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One entry of [`IMAGE_WORDS`] words for each image.
    pub fn images(&self) -> &[u32] {
        &self.images
    }

    /// The tables and the plan of a preset; `None` if the batch was not made for it.
    pub fn plan(&self, preset: Preset) -> Option<(&PresetTables, Plan)> {
        let at = self.presets().position(|known| known == preset)?;
        Some((&self.tables[at], Plan::new(preset, self.lines, at)))
    }

    /// Resizes and scales every image on all cores of the CPU: `[n,3,side,side]` f32, row major,
    /// RGB, in the preset's range. `None` if the batch was not made for the preset.
    pub fn run_on_cpu(&self, preset: Preset) -> Option<Vec<f32>> {
        let (tables, plan) = self.plan(preset)?;
        let run = match plan.passes {
            Passes::One => one_pass::preprocess,
            Passes::Two => two_pass::preprocess,
            Passes::TwoOfBytes => bytes::preprocess,
        };
        Some(run(&self.bytes, &self.images, tables.as_tables(), plan))
    }
}
