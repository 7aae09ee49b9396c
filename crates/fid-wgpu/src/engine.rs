//! Inception-v3 on a GPU as an [`Engine`].

use burn::prelude::*;
use fid_core::metrics::TileProducts;
use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, FEATURE_DIM, NETWORK_SIZE, PackedBatch, Pending,
    Precision, Preset, Tap,
};
use fid_weights::Weights;

use crate::device::GpuDevice;
use crate::host::{Host, Needs};
use crate::network::InceptionV3;
use crate::read::read;

/// `Conv2d_2b_3x3` has the largest activations: 64 channels of 147×147 f32, and needs the most at
/// once: these and its input of 32 channels. The weights are 87 MB.
pub(crate) const NEEDS: Needs =
    Needs { largest: 64 * 147 * 147 * 4, live: (32 + 64) * 147 * 147 * 4, weights: 0 };

/// Inception-v3 on a GPU.
#[derive(Debug)]
pub struct WgpuEngine {
    host: Host,
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
        let upload = || InceptionV3::new(weights, device, precision);
        let (host, network) = Host::with(device, precision, FEATURE_DIM, NEEDS, upload)?;
        Ok(Self { host, network })
    }
}

impl Engine for WgpuEngine {
    fn info(&self) -> &EngineInfo {
        &self.host.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        self.host.start(batch, taps, |images, _, taps| self.network.forward(images, taps))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        let length = 3 * NETWORK_SIZE * NETWORK_SIZE;
        if !images.len().is_multiple_of(length) {
            return Err(EngineError::Shape { values: images.len(), side: NETWORK_SIZE });
        }
        self.host.guard(|| {
            let shape = [images.len() / length, 3, NETWORK_SIZE, NETWORK_SIZE];
            let data = TensorData::new(images.to_vec(), shape);
            let images = Tensor::from_data(data, self.host.device.burn());
            self.network.forward(images, taps)?.into_iter().map(read).collect()
        })
    }

    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        self.host.preprocess(batch, preset)
    }

    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        if !pool3.len().is_multiple_of(FEATURE_DIM) {
            let what = format!("{} values as rows of {FEATURE_DIM}", pool3.len());
            return Err(EngineError::Unsupported { what });
        }
        self.host.guard(|| {
            let data = TensorData::new(pool3.to_vec(), [pool3.len() / FEATURE_DIM, FEATURE_DIM]);
            let pool3 = Tensor::from_data(data, self.host.device.burn());
            read(self.network.classify(pool3, tap)?)
        })
    }

    fn gram(&self, rows: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        self.host.gram(rows, dim)
    }

    fn products(&self) -> Option<Box<dyn TileProducts>> {
        self.host.products()
    }

    fn release_memory(&self) {
        self.host.release_memory();
    }
}
