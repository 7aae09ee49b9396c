//! Layer normalisation.

use pulp::{Simd, WithSimd};

use super::values::{LANES, Tokens};
use crate::isa::{Isa, multiply_add};
use crate::kernels::tile::{read, write};

/// Scale and shift, `[channels]` each, and what is added to the variance.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// Factors after the division.
    pub scale: &'a [f32],
    /// Added at last.
    pub shift: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// Subtracts the mean of each token, divides by `√(variance + ε)`, scales and shifts, into `to`.
pub fn norm(isa: Isa, norm: Norm<'_>, x: &Tokens, to: &mut Tokens) {
    isa.run(Run { norm, x, to });
}

struct Run<'a> {
    norm: Norm<'a>,
    x: &'a Tokens,
    to: &'a mut Tokens,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { norm: Norm { scale, shift, epsilon }, x, to } = self;
        let panel = x.channels() * LANES;
        let count = simd.splat_f32s(x.channels() as f32);
        let panels = x.values().chunks_exact(panel).zip(to.values_mut().chunks_exact_mut(panel));
        for (x, to) in panels {
            for lane in (0..LANES).step_by(S::F32_LANES) {
                let zero = simd.splat_f32s(0.0);
                let mean = simd.div_f32s(sum(simd, x, lane, zero), count);
                // The rounding error of the mean is the mean of what remains (T. F. Chan et al.,
                // "Algorithms for computing the sample variance", 1983).
                let rest = simd.div_f32s(sum(simd, x, lane, mean), count);
                let squares = sum_squares(simd, x, lane, [mean, rest]);
                let variance = simd.div_f32s(squares, count);
                let variance = simd.add_f32s(variance, simd.splat_f32s(epsilon));
                let factor = simd.div_f32s(simd.splat_f32s(1.0), simd.sqrt_f32s(variance));
                let channels = x.chunks_exact(LANES).zip(to.chunks_exact_mut(LANES));
                for ((x, to), (&scale, &shift)) in channels.zip(scale.iter().zip(shift)) {
                    let x = less(simd, read::<S>(x, lane), [mean, rest]);
                    let (scale, shift) = (simd.splat_f32s(scale), simd.splat_f32s(shift));
                    let x = simd.mul_f32s(x, factor);
                    write::<S>(to, lane, multiply_add(simd, x, scale, shift));
                }
            }
        }
    }
}

/// `x − mean − rest`.
#[inline(always)]
fn less<S: Simd>(simd: S, x: S::f32s, [mean, rest]: [S::f32s; 2]) -> S::f32s {
    simd.sub_f32s(simd.sub_f32s(x, mean), rest)
}

/// The sum of `x − mean` over the channels of a panel, for some of its tokens: eight sums, each of
/// every eighth channel, then their sum.
#[inline(always)]
pub(super) fn sum<S: Simd>(simd: S, panel: &[f32], lane: usize, mean: S::f32s) -> S::f32s {
    let mut sums = [simd.splat_f32s(0.0); 8];
    for channels in panel.chunks(8 * LANES) {
        for (sum, x) in sums.iter_mut().zip(channels.chunks_exact(LANES)) {
            *sum = simd.add_f32s(*sum, simd.sub_f32s(read::<S>(x, lane), mean));
        }
    }
    add_up(simd, sums)
}

/// The sum of `(x − mean − rest)²`, as [`sum`].
#[inline(always)]
fn sum_squares<S: Simd>(
    simd: S,
    panel: &[f32],
    lane: usize,
    mean_and_rest: [S::f32s; 2],
) -> S::f32s {
    let mut sums = [simd.splat_f32s(0.0); 8];
    for channels in panel.chunks(8 * LANES) {
        for (sum, x) in sums.iter_mut().zip(channels.chunks_exact(LANES)) {
            let x = less(simd, read::<S>(x, lane), mean_and_rest);
            *sum = multiply_add(simd, x, x, *sum);
        }
    }
    add_up(simd, sums)
}

#[inline(always)]
fn add_up<S: Simd>(simd: S, mut sums: [S::f32s; 8]) -> S::f32s {
    for half in [4, 2, 1] {
        for at in 0..half {
            sums[at] = simd.add_f32s(sums[at], sums[at + half]);
        }
    }
    sums[0]
}
