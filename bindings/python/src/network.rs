//! The network on its device.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use fid_gpu::FeatureExtractor;
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use crate::errors::wrong;
use crate::images::Images;
use crate::interrupt::{self, forked};
use crate::options::{RunOptions, layer};

/// An encoder on its device.
#[pyclass(frozen, module = "fid_gpu._native")]
pub(crate) struct Network {
    // Its threads do not exist in a forked process, where dropping it would wait for them.
    inner: ManuallyDrop<Arc<FeatureExtractor>>,
}

#[pymethods]
impl Network {
    #[new]
    fn open(py: Python<'_>, options: RunOptions, layer_name: &str) -> PyResult<Self> {
        let (config, layer) = (options.config()?, layer(layer_name)?);
        let opened =
            interrupt::run(py, None, move |watch| FeatureExtractor::open(&config, layer, watch))?;
        Ok(Self { inner: ManuallyDrop::new(Arc::new(opened)) })
    }

    /// Length of a feature vector.
    #[getter]
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    /// How the features are made, as JSON.
    #[getter]
    fn recipe(&self) -> PyResult<String> {
        serde_json::to_string(&self.inner.recipe()).map_err(wrong)
    }

    /// Name of the device.
    #[getter]
    fn device(&self) -> String {
        self.inner.engine().device.clone()
    }

    /// The features of images, f32 `[n, dim]`.
    fn features<'py>(&self, py: Python<'py>, images: &Images) -> PyResult<Bound<'py, PyByteArray>> {
        let (network, batch) = (Arc::clone(&self.inner), Arc::clone(&images.0));
        let features = interrupt::run(py, None, move |watch| {
            batch.with(|images| network.features(images, watch))
        })?;
        Ok(PyByteArray::new(py, bytemuck::cast_slice(&features)))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if !forked() {
            #[expect(unsafe_code, reason = "dropped once, here")]
            unsafe {
                ManuallyDrop::drop(&mut self.inner);
            }
        }
    }
}
