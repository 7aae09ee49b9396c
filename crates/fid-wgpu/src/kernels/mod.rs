//! CubeCL kernels, and launching them over Burn's tensors.

use burn::tensor::{DType, Shape};
use burn_cubecl::tensor::CubeTensor;
use fid_core::Precision;

pub(crate) mod conv;
pub(crate) mod gram;
pub(crate) mod preprocess;

/// Threads in a workgroup of the kernels without tiles: small enough for every adapter, a multiple
/// of every subgroup.
const WORKGROUP: u32 = 64;

/// The type of stored values of a precision.
pub(crate) fn dtype(precision: Precision) -> DType {
    match precision {
        Precision::F16 => DType::F16,
        // No other precision passes `GpuDevice::require`.
        _ => DType::F32,
    }
}

/// A result to be filled on the device of `like`.
fn empty_like(like: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    let shape = shape.into();
    let buffer = like.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, dtype)
}
