//! Finding out what a GPU's matrix units multiply.

use burn::tensor::wgpu::wgpu;

use crate::kernels::conv::matrix::{Factors, MatrixUnit, SHARED_BYTES, SUBGROUPS};

/// The matrices that the kernels can multiply on an adapter; `None` without matrix units, f16, or
/// subgroups of a known size.
pub(crate) fn matrix_unit(adapter: &wgpu::Adapter) -> Option<MatrixUnit> {
    use wgpu::CooperativeScalarType::{F16, F32};

    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let subgroup = info.subgroup_min_size;
    let units = SUBGROUPS * subgroup;
    let needed = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX | wgpu::Features::SHADER_F16;
    if !features.contains(needed)
        || subgroup != info.subgroup_max_size
        || subgroup < 8
        || units > limits.max_compute_invocations_per_workgroup
        || units > limits.max_compute_workgroup_size_x
        || limits.max_compute_workgroup_storage_size < SHARED_BYTES
    {
        return None;
    }
    let properties = adapter.cooperative_matrix_properties();
    // f32 factors need no splitting.
    let wanted = [(8, F32, Factors::F32), (16, F16, Factors::F16), (8, F16, Factors::F16)];
    let (side, _, factors) = wanted.into_iter().find(|&(side, factor, _)| {
        properties.iter().any(|p| {
            [p.m_size, p.n_size, p.k_size] == [side; 3] && p.ab_type == factor && p.cr_type == F32
        })
    })?;
    Some(MatrixUnit { side: side as usize, subgroup: subgroup as usize, factors })
}
