//! Batches of images of any sizes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::batch_bytes::BatchBytes;
use super::packed::IMAGE_WORDS;
use super::plan::{Lines, Passes, Plan, columns_first};
use super::tables::PresetTables;
use super::{bytes, one_pass, two_pass};
use crate::{Error, Image8, NETWORK_SIZE, Preset};

/// Images of any sizes, gray or RGB, packed for one upload that serves several presets.
///
/// Layout for all presets:
/// - [`bytes`](Self::bytes): every image's pixels, HWC, image after image;
/// - [`images`](Self::images) `[n,8]`: first byte, width, channels (1 or 3), first row of the
///   tables for the vertical and for the horizontal axis, first line of the intermediate of two
///   passes, the same for presets that round to bytes, and 1 if these resize the columns first,
///   else 0. A line is 299 values of the intermediate; the images before this one take as many
///   lines as they have columns (with rounding to bytes: rows, or columns if these come first),
///   times channels.
///
/// For each preset ([`PresetTables`]):
/// - `taps` `[rows,3]`: for each of the 299 output positions of an axis the first source pixel, the
///   number of source pixels and the first weight. Images that share a side share a table;
/// - `weights`: the weights of those source pixels.
///
/// A clone shares the pixels.
#[derive(Debug, Clone)]
pub struct PackedBatch {
    bytes: Arc<Vec<u8>>,
    images: Vec<u32>,
    lines: Lines,
    /// First row of the table for an axis of some size; the same under every preset.
    starts: HashMap<usize, u32>,
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
        let rows = self.table(image.height())?;
        let columns = self.table(image.width())?;
        let [byte, width, channels] =
            [self.bytes.len(), image.width(), image.channels()].map(|v| v as u32);
        let [column, line] = [self.lines.columns, self.lines.of_bytes].map(|v| v as u32);
        let order = u32::from(columns_first(image.into()));
        self.images.extend([byte, width, channels, rows, columns, column, line, order]);
        Arc::make_mut(&mut self.bytes).extend_from_slice(image.pixels());
        self.lines = self.lines.with(image.into());
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

    /// First row of the tables for an axis of `size` pixels, which the first use creates.
    fn table(&mut self, size: usize) -> Result<u32, Error> {
        if let Some(&start) = self.starts.get(&size) {
            return Ok(start);
        }
        let axes = self.tables.iter().map(|tables| tables.axis(size));
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        self.tables.iter_mut().zip(&axes).for_each(|(tables, axis)| tables.push(axis, size));
        let start = (self.starts.len() * NETWORK_SIZE) as u32;
        self.starts.insert(size, start);
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
        let tables = self.tables.iter().find(|tables| tables.preset == preset)?;
        Some((tables, Plan::new(preset, self.lines)))
    }

    /// Resizes and scales every image on all cores of the CPU: `[n,3,299,299]` f32, row major, RGB,
    /// in the preset's range. `None` if the batch was not made for the preset.
    pub fn run_on_cpu(&self, preset: Preset) -> Option<Vec<f32>> {
        let (tables, plan) = self.plan(preset)?;
        let run = match plan.passes {
            Passes::One => one_pass::preprocess,
            Passes::Two => two_pass::preprocess,
            Passes::TwoOfBytes => bytes::preprocess,
        };
        Some(run(&self.bytes, &self.images, tables.as_tables(), plan.finish))
    }
}
