//! What every network on a GPU shares: its device, preprocessing, sums and products.

use burn::prelude::*;
use fid_core::metrics::TileProducts;
use fid_core::{
    DeviceError, EngineError, EngineInfo, EngineOutput, PackedBatch, Pending, Precision, Preset,
    Tap,
};

use crate::adapter::AdapterKind;
use crate::device::GpuDevice;
use crate::error::guard;
use crate::kernels::conv::TileClass;
use crate::moments::gram;
use crate::products::WgpuProducts;
use crate::read::{Reading, read};
use crate::resize::{UploadedBatch, fits, resize, resize_on_cpu};

/// Images in a batch that keep a small GPU busy.
const BATCH_SIZE: usize = 32;

/// Images in a batch beyond which the largest GPUs gain nothing.
const MAX_BATCH_SIZE: usize = 256;

/// Bytes that a network needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// The largest activations of one image.
    pub(crate) largest: u64,
    /// The activations of one image that are needed at once.
    pub(crate) live: u64,
    /// Weights, if they are no small part of a card's memory.
    pub(crate) weights: u64,
}

/// The device of a network.
///
/// Burn, CubeCL and drivers report failures as errors and as panics; every method returns both as
/// [`EngineError`].
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) info: EngineInfo,
    pub(crate) device: GpuDevice,
}

impl Host {
    /// The device, and the network that `upload` puts there.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Open`] if the device fails during the upload.
    pub(crate) fn with<N>(
        device: &GpuDevice,
        precision: Precision,
        features: usize,
        needs: Needs,
        upload: impl FnOnce() -> N,
    ) -> Result<(Self, N), DeviceError> {
        let network = guard(device.burn(), || Ok(upload()));
        let network = network.map_err(|error| DeviceError::Open {
            name: device.to_string(),
            message: error.to_string(),
        })?;
        let info = info(device, precision, features, needs);
        Ok((Self { info, device: device.clone() }, network))
    }

    pub(crate) fn guard<T>(
        &self,
        run: impl FnOnce() -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        guard(self.device.burn(), run)
    }

    /// Queues the whole computation of a batch. `forward` computes the features at taps from a
    /// preset's `[n,3,side,side]`.
    pub(crate) fn start(
        &self,
        batch: &PackedBatch,
        taps: &[Vec<Tap>],
        forward: impl Fn(Tensor<4>, Preset, &[Tap]) -> Result<Vec<Tensor<2>>, EngineError>,
    ) -> Result<Pending, EngineError> {
        let readings = self.guard(|| {
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
                for features in forward(images, preset, taps)? {
                    readings.push(Reading::start(features)?);
                }
            }
            Ok(readings)
        })?;
        let device = self.device.burn().clone();
        Ok(Pending::later(move || {
            let rows = guard(&device, || readings.into_iter().map(Reading::wait).collect())?;
            Ok(EngineOutput { rows, preprocess: None })
        }))
    }

    pub(crate) fn preprocess(
        &self,
        batch: &PackedBatch,
        preset: Preset,
    ) -> Result<Vec<f32>, EngineError> {
        self.guard(|| read(resize(batch, preset, &self.device)?))
    }

    pub(crate) fn gram(
        &self,
        rows: Vec<f32>,
        dim: usize,
    ) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        let reading = self.guard(|| Reading::start(gram(rows, dim, self.device.burn())))?;
        let device = self.device.burn().clone();
        Ok(Some(Pending::later(move || guard(&device, || reading.wait()))))
    }

    pub(crate) fn products(&self) -> Option<Box<dyn TileProducts>> {
        Some(Box::new(WgpuProducts::new(&self.device)))
    }

    pub(crate) fn release_memory(&self) {
        // The runtime keeps the buffers of the failed attempt, in sizes that do not fit any more.
        // An error here is dropped: the next call on the device returns it again.
        let _ = self.guard(|| {
            self.device.burn().memory_cleanup();
            Ok(())
        });
    }
}

fn info(device: &GpuDevice, precision: Precision, features: usize, needs: Needs) -> EngineInfo {
    let class = device.tile_class(precision);
    let driver = device.adapter().map(|adapter| adapter.driver.clone());
    // Without the index: like adapters round alike.
    let model = device.adapter().map_or(device.to_string(), |a| format!("{} {}", a.api, a.name));
    let max_buffer_bytes = device.max_buffer_bytes();
    let adapter = device.adapter();
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
        features,
        batch_size: adapter.map_or(BATCH_SIZE, |a| batch_size(a.kind, a.memory_bytes, needs)),
        max_batch_size: usize::try_from(max_buffer_bytes / needs.largest).unwrap_or(usize::MAX),
        max_buffer_bytes,
        fast_products: adapter
            .is_some_and(|a| fast_products(a.kind, device.tile_class(Precision::F32))),
    }
}

/// The number of images in a batch for an adapter. Cards with memory of their own have hundreds of
/// multiprocessors, for which the last layers have few pixels. The batch is a power of two whose
/// activations, twice as many as are live at once, fill at most a third of the memory that the
/// weights leave: the runtime keeps freed buffers of other sizes, and other programs use the card
/// too.
fn batch_size(kind: AdapterKind, memory_bytes: Option<u64>, needs: Needs) -> usize {
    let Some(memory) = memory_bytes.filter(|_| kind == AdapterKind::Discrete) else {
        return BATCH_SIZE;
    };
    let free = memory.saturating_sub(needs.weights);
    let images = usize::try_from(free / 3 / (2 * needs.live)).unwrap_or(usize::MAX);
    let power = images.max(1).ilog2();
    2usize.saturating_pow(power).clamp(BATCH_SIZE, MAX_BATCH_SIZE)
}

/// Whether the device computes pairwise products of large sets faster than the CPU.
fn fast_products(kind: AdapterKind, class: TileClass) -> bool {
    kind != AdapterKind::Software
        && matches!(class, TileClass::Discrete | TileClass::Apple | TileClass::Matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_the_memory_of_cards() {
        let needs = Needs { largest: 1, live: 8_300_000, weights: 0 };
        for (gib, expected) in
            [(1, 32), (4, 64), (6, 64), (8, 128), (12, 128), (16, 256), (80, 256)]
        {
            // Drivers keep a part of it.
            let bytes = (gib << 30) - (gib << 26);
            assert_eq!(
                batch_size(AdapterKind::Discrete, Some(bytes), needs),
                expected,
                "{gib} GiB"
            );
        }
        for kind in [AdapterKind::Integrated, AdapterKind::Software] {
            assert_eq!(batch_size(kind, Some(80 << 30), needs), BATCH_SIZE);
        }
        assert_eq!(batch_size(AdapterKind::Discrete, None, needs), BATCH_SIZE);
        let needs = Needs { weights: 12 << 30, ..needs };
        assert_eq!(batch_size(AdapterKind::Discrete, Some(16 << 30), needs), 64);
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
