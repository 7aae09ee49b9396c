//! Reading values back from a device. Only this module waits for a device.

use burn::prelude::*;
use fid_core::EngineError;

use crate::error::execution;

/// A tensor on its way to the host.
#[derive(Debug)]
pub(crate) struct Reading(TensorData);

impl Reading {
    /// Queues the copy of an f32 tensor behind the work that computes it. Burn reads lazily, so
    /// only [`Self::wait`] blocks.
    pub(crate) fn start<const D: usize>(tensor: Tensor<D>) -> Result<Self, EngineError> {
        tensor.try_into_data().map(Self).map_err(execution)
    }

    /// Waits for the values, row major.
    pub(crate) fn wait(self) -> Result<Vec<f32>, EngineError> {
        self.0.try_to_vec().map_err(|error| EngineError::Failed { message: format!("{error:?}") })
    }
}

/// Reads an f32 tensor and waits for the values, row major.
pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, EngineError> {
    Reading::start(tensor)?.wait()
}
