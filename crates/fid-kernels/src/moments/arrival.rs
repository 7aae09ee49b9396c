//! Features on their way from the device.

use burn::prelude::*;

use crate::KernelError;

/// Features of one batch that the device may still be computing.
#[derive(Debug)]
pub struct Arriving {
    features: Tensor<2>,
    data: TensorData,
}

/// Features of one batch, computed without failure: on the device and on the host.
#[derive(Debug)]
pub struct Arrived {
    /// `[n,d]` f32, where they were computed.
    pub(super) features: Tensor<2>,
    /// The same.
    pub(super) data: TensorData,
}

impl Arriving {
    /// Queues the copy of `features`, `[n,d]` f32, behind the work that computes them.
    ///
    /// # Errors
    ///
    /// [`KernelError::Device`] or [`KernelError::Lost`] where the device has failed already.
    pub fn start(features: Tensor<2>) -> Result<Self, KernelError> {
        // Burn's read is lazy: this queues the copy, `wait` waits for it.
        let data = features.clone().try_into_data().map_err(KernelError::execution)?;
        Ok(Self { features, data })
    }

    /// Waits for them.
    ///
    /// # Errors
    ///
    /// As [`Self::start`], where the device fails until then.
    pub fn wait(self) -> Result<Arrived, KernelError> {
        self.data.as_slice::<f32>().map_err(KernelError::device)?;
        Ok(Arrived { features: self.features, data: self.data })
    }
}

impl Arrived {
    /// Features that are on the host already: `values` is row-major `[n,d]`, `n` at least 1.
    pub fn from_host(values: Vec<f32>, dim: usize, device: &Device) -> Self {
        let rows = values.len() / dim;
        let data = TensorData::new(values, [rows, dim]);
        Self { features: Tensor::from_data(data.clone(), device), data }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.features.dims()[0]
    }

    /// The features where they were computed, `[n,d]`.
    pub fn tensor(&self) -> Tensor<2> {
        self.features.clone()
    }

    /// The features, row-major `[n,d]`.
    ///
    /// # Errors
    ///
    /// [`KernelError::Device`] where the device gave something else than f32.
    pub fn values(&self) -> Result<&[f32], KernelError> {
        self.data.as_slice().map_err(KernelError::device)
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batch that these are the pieces of, in order: the statistics cannot tell it from one
    /// that was never cut.
    ///
    /// # Errors
    ///
    /// [`KernelError::Device`] or [`KernelError::Lost`] where the device fails.
    pub fn join(pieces: Vec<Self>) -> Result<Self, KernelError> {
        let features = Tensor::cat(pieces.into_iter().map(|piece| piece.features).collect(), 0);
        Arriving::start(features)?.wait()
    }
}
