//! Preprocessing packed images on the GPU.

use burn::prelude::*;
use burn::tensor::DType;
use fid_core::preprocess::IMAGE_WORDS;
use fid_core::{EngineError, PackedBatch, Preset};

use crate::device::GpuDevice;
use crate::ops::{FidOps, Ops};

/// The images of a batch on a device; all presets read this copy.
#[derive(Debug)]
pub(crate) struct UploadedBatch {
    pixels: Tensor<1, Int>,
    images: Tensor<2, Int>,
}

impl UploadedBatch {
    /// Uploads a batch of at least one image.
    pub(crate) fn new(batch: &PackedBatch, device: &Device) -> Self {
        // Words of the device, which is little endian.
        let words = batch.bytes().len().div_ceil(4);
        let mut bytes = Vec::with_capacity(4 * words);
        bytes.extend_from_slice(batch.bytes());
        bytes.resize(4 * words, 0);
        let pixels = TensorData::from_bytes_vec(bytes, [words], DType::U32);
        let images = upload(batch.images().to_vec(), device);
        let images = images.reshape([batch.len(), IMAGE_WORDS]);
        Self { pixels: Tensor::from_data(pixels, (device, DType::U32)), images }
    }

    /// Uploads the tables of a preset and runs its kernels.
    pub(crate) fn run(
        &self,
        batch: &PackedBatch,
        preset: Preset,
    ) -> Result<Tensor<4>, EngineError> {
        let (tables, plan) = batch.plan(preset).ok_or_else(|| EngineError::other_preset(preset))?;
        let device = self.pixels.device();
        let weights: Tensor<1> = Tensor::from_data(tables.weights(), &device);
        Ok(Tensor::from_dispatch(Ops::preprocess(
            self.pixels.clone().into_dispatch(),
            self.images.clone().into_dispatch(),
            upload(tables.taps().to_vec(), &device).into_dispatch(),
            weights.into_dispatch(),
            plan,
        )))
    }
}

/// Computes the network's input for a batch under a preset: `[n,3,side,side]` f32 RGB in the preset's
/// range.
///
/// # Errors
///
/// [`EngineError::Unsupported`] if the batch was not made for the preset.
///
/// # Panics
///
/// If the batch is empty, or the device fails.
pub fn resize(
    batch: &PackedBatch,
    preset: Preset,
    device: &GpuDevice,
) -> Result<Tensor<4>, EngineError> {
    if fits(batch, preset, device) {
        return UploadedBatch::new(batch, device.burn()).run(batch, preset);
    }
    resize_on_cpu(batch, preset, device.burn())
}

/// Whether the device can hold the largest buffer that the batch needs.
pub(crate) fn fits(batch: &PackedBatch, preset: Preset, device: &GpuDevice) -> bool {
    batch.num_bytes(preset) <= device.max_buffer_bytes()
}

/// As [`resize`], on the CPU, for images that exceed the device's largest buffer.
pub(crate) fn resize_on_cpu(
    batch: &PackedBatch,
    preset: Preset,
    device: &Device,
) -> Result<Tensor<4>, EngineError> {
    let values = batch.run_on_cpu(preset).ok_or_else(|| EngineError::other_preset(preset))?;
    let data = TensorData::new(values, [batch.len(), 3, preset.side(), preset.side()]);
    Ok(Tensor::from_data(data, device))
}

fn upload(words: Vec<u32>, device: &Device) -> Tensor<1, Int> {
    let count = words.len();
    Tensor::from_data(TensorData::new(words, [count]), (device, DType::U32))
}
