//! CubeCL kernels and their launches over Burn tensors.

use burn::tensor::{DType, Shape};
use burn_cubecl::tensor::CubeTensor;
use fid_core::Precision;

pub(crate) mod conv;
pub(crate) mod gram;
pub(crate) mod math;
pub(crate) mod preprocess;
pub(crate) mod tokens;

/// Units in a workgroup of the kernels without tiles: few enough for every adapter, a multiple of
/// every subgroup size.
const WORKGROUP: u32 = 64;

/// Workgroups along one axis that every device accepts.
const MAX_COUNT: usize = 32768;

/// The type of values that a precision stores.
pub(crate) fn dtype(precision: Precision) -> DType {
    match precision {
        Precision::F16 => DType::F16,
        // No other precision passes `GpuDevice::require`.
        _ => DType::F32,
    }
}

/// Allocates an uninitialized tensor on the device of `like`.
fn empty_like(like: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    let shape = shape.into();
    let buffer = like.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, dtype)
}
