//! The inner loop of every convolution: a tile of a few pixels by sixteen filters in registers.

use pulp::Simd;

use crate::isa::multiply_add;

/// Filters in a panel, which are computed together. Packed weights are `[panel][input][PANEL]`.
pub const PANEL: usize = 16;

/// Sums of `P` pixels and one panel, with `V` vectors for each pixel.
pub(super) type Sums<S, const P: usize, const V: usize> = [[<S as Simd>::f32s; V]; P];

/// Adds the products of a run of inputs: `sums[p][f] += Σᵢ inputs[p][i] · weights[i][f]`, in the
/// order of `i`.
#[inline(always)]
pub(super) fn add_products<S: Simd, const P: usize, const V: usize>(
    simd: S,
    sums: &mut Sums<S, P, V>,
    inputs: [&[f32]; P],
    weights: &[f32],
) {
    let (weights, _) = S::as_simd_f32s(weights);
    let (weights, _) = weights.as_chunks::<V>();
    // Equal lengths let the compiler drop the bounds check in the loop.
    let mut inputs = inputs;
    for inputs in &mut inputs {
        *inputs = &inputs[..weights.len()];
    }
    let mut local = *sums;
    for (i, weights) in weights.iter().enumerate() {
        for (sums, inputs) in local.iter_mut().zip(&inputs) {
            let input = simd.splat_f32s(inputs[i]);
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum = multiply_add(simd, input, weight, *sum);
            }
        }
    }
    *sums = local;
}

/// Reads the vectors of one pixel's panel.
#[inline(always)]
pub(super) fn load<S: Simd, const V: usize>(values: &[f32]) -> [S::f32s; V] {
    let (vectors, _) = S::as_simd_f32s(&values[..PANEL]);
    vectors.as_chunks::<V>().0[0]
}

/// Writes the vectors of one pixel's panel.
#[inline(always)]
pub(super) fn store<S: Simd, const V: usize>(values: &mut [f32], vectors: [S::f32s; V]) {
    let (place, _) = S::as_mut_simd_f32s(&mut values[..PANEL]);
    place.as_chunks_mut::<V>().0[0] = vectors;
}

/// The larger value; `b` if either is NaN, where the instruction sets' own maxima differ.
#[inline(always)]
pub(super) fn larger<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    simd.select_f32s(simd.less_than_f32s(b, a), a, b)
}

/// `max(0, x)`; NaN stays NaN.
#[inline(always)]
pub(super) fn relu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    larger(simd, simd.splat_f32s(0.0), x)
}

/// Calls a generic method with the tile that fits the registers: `P` pixels by `V` vectors.
macro_rules! with_tile {
    ($simd:ident: $S:ident, $self:ident.$method:ident) => {
        match $S::F32_LANES {
            // 14 sums, one vector of weights. A tile with more pixels than general registers spills
            // its row pointers: 28 pixels run at a fifth of the speed on Zen 4 and Zen 5.
            16 => $self.$method::<$S, 14, 1>($simd),
            // 12 sums, two vectors of weights, one input.
            8 => $self.$method::<$S, 6, 2>($simd),
            // 24 sums in 32 registers, for NEON. The portable variant spills and is slow anyway.
            _ => $self.$method::<$S, 6, 4>($simd),
        }
    };
}
pub(super) use with_tile;
