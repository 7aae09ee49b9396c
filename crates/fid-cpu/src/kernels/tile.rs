//! The inner loop of every convolution: a tile of a few pixels by one to three panels of filters in
//! registers.

use std::ops::Range;

use pulp::Simd;

use crate::isa::multiply_add;

/// Filters in a panel. Packed weights are `[panel][input][PANEL]`.
pub const PANEL: usize = 16;

/// The most panels of a tile.
pub(super) const MOST_TOGETHER: usize = 3;

/// Sums of `P` pixels and `Q` panels, with `V` vectors for each panel.
pub(super) type Sums<S, const P: usize, const Q: usize, const V: usize> =
    [[[<S as Simd>::f32s; V]; Q]; P];

/// Adds the products of a run of inputs: `sums[p][q][f] += Σᵢ inputs[p][i] · weights[q][i][f]`, in
/// the order of `i`.
#[inline(always)]
pub(super) fn add_products<S: Simd, const P: usize, const Q: usize, const V: usize>(
    simd: S,
    sums: &mut Sums<S, P, Q, V>,
    inputs: [&[f32]; P],
    weights: [&[f32]; Q],
) {
    let mut panels = [&[] as &[[S::f32s; V]]; Q];
    for (panel, weights) in panels.iter_mut().zip(weights) {
        *panel = S::as_simd_f32s(weights).0.as_chunks::<V>().0;
    }
    // Equal lengths let the compiler drop the bounds checks in the loop.
    let len = panels[0].len();
    let mut inputs = inputs;
    for inputs in &mut inputs {
        *inputs = &inputs[..len];
    }
    for panel in &mut panels[1..] {
        *panel = &panel[..len];
    }
    let mut local = *sums;
    for (i, first) in panels[0].iter().enumerate() {
        for (sums, inputs) in local.iter_mut().zip(&inputs) {
            let input = simd.splat_f32s(inputs[i]);
            for (q, sums) in sums.iter_mut().enumerate() {
                let weights = if q == 0 { first } else { &panels[q][i] };
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum = multiply_add(simd, input, weight, *sum);
                }
            }
        }
    }
    *sums = local;
}

/// Reads a vector.
#[inline(always)]
pub(super) fn read<S: Simd>(values: &[f32], at: usize) -> S::f32s {
    S::as_simd_f32s(&values[at..][..S::F32_LANES]).0[0]
}

/// Writes a vector.
#[inline(always)]
pub(super) fn write<S: Simd>(values: &mut [f32], at: usize, value: S::f32s) {
    S::as_mut_simd_f32s(&mut values[at..][..S::F32_LANES]).0[0] = value;
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

/// Pixels of a tile.
#[inline(always)]
pub(super) const fn pixels<S: Simd>() -> usize {
    if S::F32_LANES == 16 { 8 } else { 6 }
}

/// Cuts a range of panels into the groups of a tile: with 16 lanes three panels and two, one only if
/// there is no other; else one.
#[inline(always)]
pub(super) fn groups<S: Simd>(panels: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = panels.start;
    std::iter::from_fn(move || {
        let left = panels.end - start;
        let len = match left {
            0 => return None,
            _ if S::F32_LANES < 16 => 1,
            2 | 4 => 2,
            _ => left.min(MOST_TOGETHER),
        };
        start += len;
        Some(start - len..start)
    })
}

/// Calls a generic method with the tile that fits the registers, for a group of panels: `P` pixels,
/// `Q` panels, `V` vectors a panel.
macro_rules! with_tile {
    ($S:ident, $group:expr, $self:ident.$method:ident $arguments:tt) => {
        match $S::F32_LANES {
            // Up to 24 sums, and a vector of weights for each panel. One vector of weights would be
            // bound by the loads of inputs; more pixels than 8 have more addresses than there are
            // general registers.
            16 => match $group.len() {
                3 => $self.$method::<$S, 8, 3, 1> $arguments,
                2 => $self.$method::<$S, 8, 2, 1> $arguments,
                _ => $self.$method::<$S, 8, 1, 1> $arguments,
            },
            // 12 sums, two vectors of weights, one input.
            8 => $self.$method::<$S, 6, 1, 2> $arguments,
            // 24 sums in 32 registers, for NEON. The portable variant spills and is slow anyway.
            _ => $self.$method::<$S, 6, 1, 4> $arguments,
        }
    };
}
pub(super) use with_tile;
