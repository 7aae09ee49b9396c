//! Layer normalisation.

use pulp::{Simd, WithSimd};

use super::{LANES, Tokens};
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
                let mean = simd.div_f32s(sum(simd, x, lane, |x| x), count);
                // The rounding error of the mean is the mean of what remains (T. F. Chan et al.,
                // "Algorithms for computing the sample variance", 1983).
                let rest = simd.div_f32s(sum(simd, x, lane, |x| simd.sub_f32s(x, mean)), count);
                let from_mean = |x| simd.sub_f32s(simd.sub_f32s(x, mean), rest);
                let squares = sum(simd, x, lane, |x| simd.mul_f32s(from_mean(x), from_mean(x)));
                let variance = simd.div_f32s(squares, count);
                let variance = simd.add_f32s(variance, simd.splat_f32s(epsilon));
                let factor = simd.div_f32s(simd.splat_f32s(1.0), simd.sqrt_f32s(variance));
                let channels = x.chunks_exact(LANES).zip(to.chunks_exact_mut(LANES));
                for ((x, to), (&scale, &shift)) in channels.zip(scale.iter().zip(shift)) {
                    let x = simd.mul_f32s(from_mean(read::<S>(x, lane)), factor);
                    let [scale, shift] = [scale, shift].map(|value| simd.splat_f32s(value));
                    write::<S>(to, lane, multiply_add(simd, x, scale, shift));
                }
            }
        }
    }
}

/// The sum of a function over the channels of a panel, for some of its tokens: eight sums, each of
/// every eighth channel, then their sum.
#[inline(always)]
pub(super) fn sum<S: Simd>(
    simd: S,
    panel: &[f32],
    lane: usize,
    of: impl Fn(S::f32s) -> S::f32s,
) -> S::f32s {
    let mut sums = [simd.splat_f32s(0.0); 8];
    for channels in panel.chunks(8 * LANES) {
        for (sum, x) in sums.iter_mut().zip(channels.chunks_exact(LANES)) {
            *sum = simd.add_f32s(*sum, of(read::<S>(x, lane)));
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let add = |a, b| simd.add_f32s(a, b);
    add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)))
}
