//! Sums of products of features; [`fid_core::MomentAccumulator`] is the definition.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::{WORKGROUP, empty_like};

/// Side of the square of sums that one unit keeps in registers.
const TILE: usize = 4;

/// `out = partial + Σᵣ (features[r] − shift)(features[r] − shift)ᵀ`.
///
/// Each value is summed in f32 in the order of the rows. Burn's own matrix product may run in TF32,
/// with 10 bits of mantissa, on devices that support it.
#[cube(launch)]
fn add_gram(
    features: &Tensor<f32>,
    shift: &Tensor<f32>,
    partial: &Tensor<f32>,
    out: &mut Tensor<f32>,
) {
    let dim = shift.len();
    let rows = features.len() / dim;
    let tiles = dim.div_ceil(TILE);
    let tile_row = (ABSOLUTE_POS / tiles) * TILE;
    let tile_column = (ABSOLUTE_POS % tiles) * TILE;
    if tile_row >= dim {
        terminate!();
    }
    let mut sums = Array::<f32>::new(comptime!(TILE * TILE));
    let mut left = Array::<f32>::new(TILE);
    let mut right = Array::<f32>::new(TILE);
    #[unroll]
    for k in 0..comptime!(TILE * TILE) {
        sums[k] = 0.0f32;
    }
    for row in 0..rows {
        #[unroll]
        for k in 0..TILE {
            // Past the edge the last column stands in; its sums are not stored.
            let i = usize::min(tile_row + k, dim - 1);
            let j = usize::min(tile_column + k, dim - 1);
            left[k] = features[row * dim + i] - shift[i];
            right[k] = features[row * dim + j] - shift[j];
        }
        #[unroll]
        for k in 0..comptime!(TILE * TILE) {
            sums[k] += left[comptime!(k / TILE)] * right[comptime!(k % TILE)];
        }
    }
    #[unroll]
    for k in 0..comptime!(TILE * TILE) {
        let i = tile_row + comptime!(k / TILE);
        let j = tile_column + comptime!(k % TILE);
        if i < dim && j < dim {
            out[i * dim + j] = partial[i * dim + j] + sums[k];
        }
    }
}

/// Runs [`add_gram`]: features `[n,d]`, shift `[d]`, partial and result `[d,d]`.
pub(crate) fn launch(features: CubeTensor, shift: CubeTensor, partial: CubeTensor) -> CubeTensor {
    let [features, shift, partial] = [features, shift, partial].map(into_contiguous);
    let dim = features.meta.shape()[1];
    let out = empty_like(&features, [dim, dim], DType::F32);
    let client = features.client.clone();
    let workgroup = CubeDim::new_1d(WORKGROUP);
    let tiles = dim.div_ceil(TILE).pow(2);
    add_gram::launch(
        &client,
        cubecl::calculate_cube_count_elemwise(&client, tiles, workgroup),
        workgroup,
        features.into_tensor_arg(),
        shift.into_tensor_arg(),
        partial.into_tensor_arg(),
        out.clone().into_tensor_arg(),
    );
    out
}
