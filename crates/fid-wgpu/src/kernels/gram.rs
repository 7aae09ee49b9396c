//! Sums of products of features; [`fid_core::MomentAccumulator`] is the definition.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::{WORKGROUP, empty_like};

/// Four features.
type Four = Vector<f32, Const<4>>;

/// Rows that are summed apart before their sum joins the total: the error of a sum in f32 grows
/// with its length.
const SPAN: u32 = 64;

/// `out = rowsᵀ·rows` for elements with column ≥ row. A unit sums four rows by four columns of
/// `out` in registers; neighbouring units have neighbouring columns.
///
/// Burn's own matrix product may run in TF32, with 10 bits of mantissa, on devices that support it.
#[cube(launch_unchecked)]
fn gram(rows: &Tensor<Four>, out: &mut Tensor<f32>, count: u32, fours: u32) {
    let left = ABSOLUTE_POS as u32 / fours;
    let right = ABSOLUTE_POS as u32 % fours;
    if left >= fours || right < left {
        terminate!();
    }
    let mut sums = Array::<Four>::new(4usize);
    let mut span = Array::<Four>::new(4usize);
    #[unroll]
    for k in 0..4usize {
        sums[k] = Four::new(0.0f32);
    }
    for first in range_stepped(0u32, count, SPAN) {
        #[unroll]
        for k in 0..4usize {
            span[k] = Four::new(0.0f32);
        }
        for row in first..min(first + SPAN, count) {
            let a = rows[(row * fours + left) as usize];
            let b = rows[(row * fours + right) as usize];
            #[unroll]
            for k in 0..4usize {
                span[k] = fma(Four::new(a.extract(k)), b, span[k]);
            }
        }
        #[unroll]
        for k in 0..4usize {
            sums[k] += span[k];
        }
    }
    #[unroll]
    for k in 0..4usize {
        let at = ((left * 4u32 + comptime!(k as u32)) * fours + right) * 4u32;
        #[unroll]
        for l in 0..4usize {
            out[(at + comptime!(l as u32)) as usize] = sums[k].extract(l);
        }
    }
}

/// Runs [`gram`]: rows `[n,d]` to `[d,d]`.
///
/// # Panics
///
/// If d is not a multiple of four.
#[allow(unsafe_code)]
pub(crate) fn launch(rows: CubeTensor) -> CubeTensor {
    let rows = into_contiguous(rows);
    let [count, dim] = [0, 1].map(|axis| rows.meta.shape()[axis]);
    assert!(dim.is_multiple_of(4), "features of the rows");
    let out = empty_like(&rows, [dim, dim], DType::F32);
    let client = rows.client.clone();
    let workgroup = CubeDim::new_1d(WORKGROUP);
    let fours = dim / 4;
    let cubes = cubecl::calculate_cube_count_elemwise(&client, fours * fours, workgroup);
    let written = out.clone().into_tensor_arg();
    // SAFETY: units read fours left, right < `fours` of rows < `count`, and write below
    // `(4·fours)²`.
    unsafe {
        gram::launch_unchecked(
            &client,
            cubes,
            workgroup,
            rows.into_tensor_arg(),
            written,
            count as u32,
            fours as u32,
        );
    }
    out
}
