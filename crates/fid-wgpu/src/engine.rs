//! The GPU network as an [`Engine`].

use burn::prelude::*;
use fid_core::metrics::TileProducts;
use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, EngineOutput, FEATURE_DIM, NETWORK_SIZE,
    PackedBatch, Pending, Precision, Preset, Tap,
};
use fid_weights::Weights;

use crate::adapter::AdapterKind;
use crate::device::GpuDevice;
use crate::error::guard;
use crate::kernels::conv::TileClass;
use crate::moments::gram;
use crate::network::InceptionV3;
use crate::products::WgpuProducts;
use crate::read::{Reading, read};
use crate::resize::{UploadedBatch, fits, resize, resize_on_cpu};

/// Bytes of the largest activations of one image: 64 channels of 147×147 f32 after `Conv2d_2b_3x3`.
const LARGEST_ACTIVATION: u64 = 64 * 147 * 147 * 4;

/// Bytes of the activations of one image that are needed at once, at `Conv2d_2b_3x3`: its input of 32
/// channels and its output of 64, 147×147 f32 each. All other layers need less.
const LIVE_ACTIVATIONS: u64 = (32 + 64) * 147 * 147 * 4;

/// Images in a batch that keep a small GPU busy.
const BATCH_SIZE: usize = 32;

/// Images in a batch beyond which the largest GPUs gain nothing.
const MAX_BATCH_SIZE: usize = 256;

/// Inception-v3 on a GPU.
///
/// Burn, CubeCL and drivers report failures as errors and as panics; every method returns both as
/// [`EngineError`].
#[derive(Debug)]
pub struct WgpuEngine {
    info: EngineInfo,
    device: GpuDevice,
    network: InceptionV3,
}

impl WgpuEngine {
    /// Packs and uploads the weights.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Precision`] if the device does not support the precision;
    /// [`DeviceError::Open`] if the device fails during the upload.
    pub fn new(
        weights: &Weights,
        device: &GpuDevice,
        precision: Precision,
    ) -> Result<Self, DeviceError> {
        device.require(precision)?;
        let network = guard(device.burn(), || Ok(InceptionV3::new(weights, device, precision)));
        let network = network.map_err(|error| DeviceError::Open {
            name: device.to_string(),
            message: error.to_string(),
        })?;
        Ok(Self { info: info(device, precision), device: device.clone(), network })
    }

    fn guard<T>(&self, run: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
        guard(self.device.burn(), run)
    }

    /// Queues the whole computation of a batch.
    fn submit(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Vec<Reading>, EngineError> {
        let mut readings = Vec::new();
        let mut uploaded: Option<UploadedBatch> = None;
        let mut presets = batch.presets().zip(taps).peekable();
        while let Some((preset, taps)) = presets.next() {
            let images = if fits(batch, preset, &self.device) {
                let upload = || UploadedBatch::new(batch, self.device.burn());
                uploaded.get_or_insert_with(upload).run(batch, preset)?
            } else {
                resize_on_cpu(batch, preset, self.device.burn())?
            };
            if presets.peek().is_none() {
                // Frees the memory for the network.
                uploaded = None;
            }
            for features in self.network.forward(images, taps)? {
                readings.push(Reading::start(features)?);
            }
        }
        Ok(readings)
    }
}

fn info(device: &GpuDevice, precision: Precision) -> EngineInfo {
    let class = device.tile_class(precision);
    let driver = device.adapter().map(|adapter| adapter.driver.clone());
    // Without the index: like adapters round alike.
    let model = device.adapter().map_or(device.to_string(), |a| format!("{} {}", a.api, a.name));
    let max_buffer_bytes = device.max_buffer_bytes();
    EngineInfo {
        device: device.to_string(),
        kernels: format!("{} tiles", class.name()),
        arithmetic: format!(
            "{model}, {}, {} tiles {}",
            driver.as_deref().unwrap_or_default(),
            class.name(),
            crate::SOURCES
        ),
        driver,
        precision,
        features: FEATURE_DIM,
        batch_size: device.adapter().map_or(BATCH_SIZE, |a| batch_size(a.kind, a.memory_bytes)),
        max_batch_size: usize::try_from(max_buffer_bytes / LARGEST_ACTIVATION)
            .unwrap_or(usize::MAX),
        max_buffer_bytes,
        fast_products: device
            .adapter()
            .is_some_and(|adapter| fast_products(adapter.kind, device.tile_class(Precision::F32))),
    }
}

/// The number of images in a batch for an adapter. Cards with memory of their own have hundreds of
/// multiprocessors, for which the last layers have few pixels. The batch is a power of two whose
/// activations, twice as many as are live at once, fill at most a third of the memory: the runtime
/// keeps freed buffers of other sizes, and other programs use the card too.
fn batch_size(kind: AdapterKind, memory_bytes: Option<u64>) -> usize {
    let Some(memory) = memory_bytes.filter(|_| kind == AdapterKind::Discrete) else {
        return BATCH_SIZE;
    };
    let images = usize::try_from(memory / 3 / (2 * LIVE_ACTIVATIONS)).unwrap_or(usize::MAX);
    let power = images.max(1).ilog2();
    2usize.saturating_pow(power).clamp(BATCH_SIZE, MAX_BATCH_SIZE)
}

/// Whether the device computes pairwise products of large sets faster than the CPU.
fn fast_products(kind: AdapterKind, class: TileClass) -> bool {
    kind != AdapterKind::Software
        && matches!(class, TileClass::Discrete | TileClass::Apple | TileClass::Matrix)
}

impl Engine for WgpuEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let readings = self.guard(|| self.submit(batch, taps))?;
        let device = self.device.burn().clone();
        Ok(Pending::later(move || {
            let rows = guard(&device, || readings.into_iter().map(Reading::wait).collect())?;
            Ok(EngineOutput { rows, preprocess: None })
        }))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        let length = 3 * NETWORK_SIZE * NETWORK_SIZE;
        if !images.len().is_multiple_of(length) {
            return Err(EngineError::Shape { values: images.len(), side: fid_core::NETWORK_SIZE });
        }
        self.guard(|| {
            let shape = [images.len() / length, 3, NETWORK_SIZE, NETWORK_SIZE];
            let data = TensorData::new(images.to_vec(), shape);
            let images = Tensor::from_data(data, self.device.burn());
            self.network.forward(images, taps)?.into_iter().map(read).collect()
        })
    }

    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        self.guard(|| read(resize(batch, preset, &self.device)?))
    }

    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        if !pool3.len().is_multiple_of(FEATURE_DIM) {
            let what = format!("{} values as rows of {FEATURE_DIM}", pool3.len());
            return Err(EngineError::Unsupported { what });
        }
        self.guard(|| {
            let data = TensorData::new(pool3.to_vec(), [pool3.len() / FEATURE_DIM, FEATURE_DIM]);
            let pool3 = Tensor::from_data(data, self.device.burn());
            read(self.network.classify(pool3, tap)?)
        })
    }

    fn gram(&self, rows: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        let reading = self.guard(|| Reading::start(gram(rows, dim, self.device.burn())))?;
        let device = self.device.burn().clone();
        Ok(Some(Pending::later(move || guard(&device, || reading.wait()))))
    }

    fn products(&self) -> Option<Box<dyn TileProducts>> {
        Some(Box::new(WgpuProducts::new(&self.device)))
    }

    fn release_memory(&self) {
        // The runtime keeps the buffers of the failed attempt, in sizes that do not fit any more.
        // An error here is dropped: the next call on the device returns it again.
        let _ = self.guard(|| {
            self.device.burn().memory_cleanup();
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_the_memory_of_cards() {
        for (gib, expected) in
            [(1, 32), (4, 64), (6, 64), (8, 128), (12, 128), (16, 256), (80, 256)]
        {
            // Drivers keep a part of it.
            let bytes = (gib << 30) - (gib << 26);
            assert_eq!(batch_size(AdapterKind::Discrete, Some(bytes)), expected, "{gib} GiB");
        }
        for kind in [AdapterKind::Integrated, AdapterKind::Software] {
            assert_eq!(batch_size(kind, Some(80 << 30)), BATCH_SIZE);
        }
        assert_eq!(batch_size(AdapterKind::Discrete, None), BATCH_SIZE);
    }

    #[test]
    fn products_are_fast_on_gpus_with_discrete_or_apple_tiles() {
        use AdapterKind::{Discrete, Integrated, Other, Software, Virtual};
        for (kind, class, expected) in [
            (Discrete, TileClass::Discrete, true),
            (Discrete, TileClass::Matrix, true),
            (Virtual, TileClass::Discrete, true),
            (Other, TileClass::Discrete, true),
            (Integrated, TileClass::Apple, true),
            (Integrated, TileClass::Integrated, false),
            (Discrete, TileClass::Plain, false),
            (Software, TileClass::Software, false),
            // `FID_GPU_TILES` can force this pair.
            (Software, TileClass::Discrete, false),
        ] {
            assert_eq!(fast_products(kind, class), expected, "{kind:?}, {class:?}");
        }
    }
}
