//! Functions of single values, a vector at a time.
//!
//! Code for vectors has no closures: one may become a function of its own, which is compiled without
//! the instruction set.

use pulp::{Simd, WithSimd};

use super::values::{LANES, Tokens};
use crate::isa::{Isa, multiply_add};
use crate::kernels::tile::{read, write};

/// A function of single values. A value that is not a number stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// The value itself.
    Identity,
    /// `x/2·(1 + erf(x/√2))`, within `|x|·2⁻²²`.
    Gelu,
    /// `x/(1 + e^(−1.702·x))`, within `|x|·2⁻²²`.
    QuickGelu,
}

/// Applies a function to each of `values`, a multiple of [`LANES`].
pub fn map(isa: Isa, function: Function, values: &mut [f32]) {
    isa.run(Map { function, values });
}

struct Map<'a> {
    function: Function,
    values: &'a mut [f32],
}

impl WithSimd for Map<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { function, values } = self;
        for at in (0..values.len()).step_by(S::F32_LANES) {
            let value = apply(simd, function, read::<S>(values, at));
            write::<S>(values, at, value);
        }
    }
}

#[inline(always)]
pub(super) fn apply<S: Simd>(simd: S, function: Function, x: S::f32s) -> S::f32s {
    match function {
        Function::Identity => x,
        Function::Gelu => gelu(simd, x),
        Function::QuickGelu => gated(simd, x, -1.702),
    }
}

/// `a·b/(1 + e^(−a))` of the first half of each token's channels, a, and the second, b.
pub fn gate(isa: Isa, x: &Tokens, to: &mut Tokens) {
    isa.run(Gate { x, to });
}

struct Gate<'a> {
    x: &'a Tokens,
    to: &'a mut Tokens,
}

impl WithSimd for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let half = self.to.channels() * LANES;
        let panels = self.x.values().chunks_exact(2 * half);
        for (x, to) in panels.zip(self.to.values_mut().chunks_exact_mut(half)) {
            for at in (0..half).step_by(S::F32_LANES) {
                let a = gated(simd, read::<S>(x, at), -1.0);
                write::<S>(to, at, simd.mul_f32s(a, read::<S>(x, half + at)));
            }
        }
    }
}

/// `x/(1 + e^(factor·x))`.
#[inline(always)]
fn gated<S: Simd>(simd: S, x: S::f32s, factor: f32) -> S::f32s {
    let power = exp(simd, simd.mul_f32s(x, simd.splat_f32s(factor)));
    simd.div_f32s(x, simd.add_f32s(simd.splat_f32s(1.0), power))
}

/// `e^(a²/2)·erfc(a/√2)/2` for a from 0 to 14 as a polynomial of `1/(1 + a/4)`, lowest power first:
/// its largest relative error, 1.4e-8, is the least of this degree (Remez's algorithm).
const UPPER_TAIL: [f32; 10] = [
    -2.160_057_7e-5,
    0.100_229_01,
    0.094_820_17,
    0.121_568_31,
    -0.020_385_127,
    0.304_488_88,
    -0.333_471_67,
    0.395_003_25,
    -0.196_178_1,
    0.033_946_865,
];

/// x times the share of a normal distribution below x: the tail on the side of x, `q`, or `1 − q`.
#[inline(always)]
fn gelu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let a = simd.abs_f32s(x);
    let t = simd.div_f32s(one, multiply_add(simd, a, simd.splat_f32s(0.25), one));
    let half = simd.mul_f32s(x, simd.splat_f32s(-0.5));
    let q = simd.mul_f32s(polynomial(simd, &UPPER_TAIL, t), exp(simd, simd.mul_f32s(x, half)));
    let negative = simd.less_than_f32s(x, simd.splat_f32s(0.0));
    simd.mul_f32s(x, simd.select_f32s(negative, q, simd.sub_f32s(one, q)))
}

/// 1/k!, lowest power first. The first power left out is under 2⁻²⁷ for `|x| ≤ ln(2)/2`.
const EXP: [f32; 8] =
    [1.0, 1.0, 0.5, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0];

/// `e^x` within a relative error of 2⁻²³ where the result is a normal number; outside, from -87 to
/// 88, the value at the nearer end.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// A number near this one has no fraction bits. Its lowest bits are then n + 127.
    const ROUND: f32 = (3 << 22) as f32 + 127.0;
    /// ln(2) in two parts; the first has so few bits that its products with n are exact.
    const LN_2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];
    let (low, high) = (simd.splat_f32s(-87.0), simd.splat_f32s(88.0));
    // Comparisons with NaN are false: NaN stays.
    let x = simd.select_f32s(simd.less_than_f32s(x, low), low, x);
    let x = simd.select_f32s(simd.greater_than_f32s(x, high), high, x);
    // x = n·ln(2) + r
    let round = simd.splat_f32s(ROUND);
    let shifted = multiply_add(simd, x, simd.splat_f32s(std::f32::consts::LOG2_E), round);
    let n = simd.sub_f32s(shifted, round);
    let mut r = x;
    for part in LN_2 {
        r = multiply_add(simd, n, simd.splat_f32s(-part), r);
    }
    let exponent = simd.transmute_u32s_f32s(shifted);
    let two_to_n = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    simd.mul_f32s(polynomial(simd, &EXP, r), simd.transmute_f32s_u32s(two_to_n))
}

#[inline(always)]
fn polynomial<S: Simd>(simd: S, coefficients: &[f32], x: S::f32s) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for &coefficient in coefficients.iter().rev() {
        sum = multiply_add(simd, sum, x, simd.splat_f32s(coefficient));
    }
    sum
}
