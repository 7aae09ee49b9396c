//! From decoded images to the network's input, in one pass on the device: resize to 299×299, gray
//! to RGB, u8 to scaled f32.

use std::collections::HashMap;

use burn::prelude::*;
use burn::tensor::DType;
use fid_core::{AxisTable, Image8, Preset};

use crate::ops::{FidOps, Ops};

pub(crate) mod host;
pub(crate) mod kernel;

/// Side of the network's input, in pixels.
pub(crate) const SIZE: usize = fid_core::NETWORK_SIZE;

/// The last step, `min(max(value, low), high)·factor + offset`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) low: f32,
    pub(crate) high: f32,
    pub(crate) factor: f32,
    pub(crate) offset: f32,
}

impl From<Preset> for Finish {
    fn from(preset: Preset) -> Self {
        let (low, high) = preset.overshoot().range();
        // Every scaling is a straight line through these two points.
        let (black, white) = (preset.scaling().apply(0.0), preset.scaling().apply(255.0));
        Self {
            // The range of f64, which means no limit, becomes that of f32, not an infinity, which
            // shaders need not have.
            low: low.max(f64::from(f32::MIN)) as f32,
            high: high.min(f64::from(f32::MAX)) as f32,
            factor: ((white - black) / 255.0) as f32,
            offset: black as f32,
        }
    }
}

/// Images of any sizes, gray or RGB, packed for one upload.
///
/// Layout, all `u32` but the weights:
/// - `pixels`: every image's bytes, HWC, one after the other, four to a word, low byte first;
/// - `images` `[n,5]`: first byte, width, channels (1 or 3), first row of `taps` for the vertical
///   and for the horizontal axis;
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
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len() / 5
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Bytes of pixels, the largest of the uploads.
    pub fn num_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds an image. The caller keeps the sum of the bytes under the device's limit
    /// ([`crate::ComputeDevice::max_binding_bytes`]), which is itself under 4 GiB.
    ///
    /// # Errors
    ///
    /// [`fid_core::Error::AxisSize`] for a side that f32 cannot count.
    pub fn push(&mut self, image: &Image8) -> Result<(), fid_core::Error> {
        let rows = self.table(image.height())?;
        let columns = self.table(image.width())?;
        let entry = [self.bytes.len(), image.width(), image.channels()].map(|v| v as u32);
        self.images.extend(entry.into_iter().chain([rows, columns]));
        self.bytes.extend_from_slice(image.pixels());
        Ok(())
    }

    /// Where the table for an axis of `size` pixels starts, made on first use.
    fn table(&mut self, size: usize) -> Result<u32, fid_core::Error> {
        if let Some(&start) = self.tables.get(&size) {
            return Ok(start);
        }
        let start = (self.taps.len() / 3) as u32;
        let axis = AxisTable::new(self.preset.resize(), size, SIZE)?;
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

    /// Uploads the batch and runs the kernel: `[n,3,299,299]` f32, RGB, in the preset's range.
    ///
    /// # Panics
    ///
    /// Where the batch is empty: a mistake of the caller.
    pub fn run(mut self, device: &Device) -> Tensor<4> {
        assert!(!self.is_empty(), "a batch has at least one image");
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let words = self.bytes.chunks_exact(4);
        let words: Vec<u32> = words.map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect();
        let upload = |words: Vec<u32>| {
            let count = words.len();
            Tensor::<1, Int>::from_data(TensorData::new(words, [count]), (device, DType::U32))
        };
        let count = self.len();
        let pixels = upload(words);
        let images = upload(self.images).reshape([count, 5]);
        let taps = upload(self.taps);
        let weights = Tensor::<1>::from_data(self.weights.as_slice(), device);
        Tensor::from_dispatch(Ops::preprocess(
            pixels.into_dispatch(),
            images.into_dispatch(),
            taps.into_dispatch(),
            weights.into_dispatch(),
            Finish::from(self.preset),
        ))
    }
}
