//! Functions in f32 to about a unit in the last place, the same on every device: drivers' own may be
//! off by many units, and CubeCL's error function is off by 1.5e-7.
//!
//! The polynomials were fitted here, by least squares with weights that level the relative error.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// `(exp(r) - 1 - r)/r²` for `|r| ≤ ln 2/2`, the constant first; at most 0.7 units off with
/// [`LN_2`].
pub(crate) const EXP: [f32; 5] = [0.5, 0.166_665_17, 0.041_666_202, 0.008_369_074, 0.001_395_079_7];

/// ln 2 as two addends; products of the first with integers below 2⁸ are exact.
pub(crate) const LN_2: [f32; 2] = [0.693_145_75, 1.428_606_8e-6];

/// 1/ln 2.
pub(crate) const LOG2_E: f32 = std::f32::consts::LOG2_E;

/// Arguments for which [`exp`] is a normal number.
pub(crate) const EXP_RANGE: [f32; 2] = [-87.0, 88.0];

/// `erf(x)/x - 1` in powers of x², for `x < `[`ERF_SPLIT`].
pub(crate) const ERF_SMALL: [f32; 6] =
    [0.128_379_15, -0.376_124_95, 0.112_818_16, -0.026_766_058, 0.004_991_714_4, -0.000_598_068_23];

/// `-ln(1 - erf(x))` in powers of x, for `x ≥ `[`ERF_SPLIT`].
pub(crate) const ERF_LARGE: [f32; 8] = [
    -0.000_169_658_9,
    1.129_490_6,
    0.633_396_3,
    0.108_225_42,
    -0.025_083_907,
    0.004_157_516_6,
    -0.000_431_656_23,
    2.085_152e-5,
];

/// Where the two polynomials of the error function meet.
pub(crate) const ERF_SPLIT: f32 = 0.92;

/// From here on the error function is 1 in f32.
pub(crate) const ERF_ONE: f32 = 4.0;

/// `1/√2`.
pub(crate) const SQRT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// The factor of QuickGELU (`model.py` of CLIP).
pub(crate) const QUICK: f32 = 1.702;

/// Exponential function; arguments outside [`EXP_RANGE`] count as its ends.
#[cube]
pub(crate) fn exp(x: f32) -> f32 {
    let x = f32::clamp(x, EXP_RANGE[0], EXP_RANGE[1]);
    let n = f32::floor(fma(x, f32::new(LOG2_E), f32::new(0.5)));
    let r = fma(n, f32::new(-LN_2[1]), fma(n, f32::new(-LN_2[0]), x));
    let mut sum = f32::new(EXP[4]);
    #[unroll]
    for k in 0..4usize {
        sum = fma(sum, r, f32::new(comptime!(EXP[3 - k])));
    }
    let sum = fma(fma(sum, r, f32::new(1.0)), r, f32::new(1.0));
    // The power of two by its exponent.
    sum * f32::reinterpret(u32::cast_from(i32::cast_from(n) + 127) << 23u32)
}

/// Error function; of NaN, NaN.
#[cube]
fn erf(x: f32) -> f32 {
    let size = f32::min(f32::abs(x), f32::new(ERF_ONE));
    let square = size * size;
    let mut small = f32::new(ERF_SMALL[5]);
    #[unroll]
    for k in 0..5usize {
        small = fma(small, square, f32::new(comptime!(ERF_SMALL[4 - k])));
    }
    let small = fma(small, size, size);
    let mut large = f32::new(ERF_LARGE[7]);
    #[unroll]
    for k in 0..7usize {
        large = fma(large, size, f32::new(comptime!(ERF_LARGE[6 - k])));
    }
    let large = 1.0f32 - exp(-large);
    let size = select(size < ERF_SPLIT, small, large);
    select(x < 0.0f32, -size, size)
}

/// `x·Φ(x)`, where Φ is the normal distribution's.
#[cube]
pub(crate) fn gelu(x: f32) -> f32 {
    x * 0.5f32 * (1.0f32 + erf(x * SQRT_HALF))
}

/// `x·σ(scale·x)`, where σ is the logistic function.
#[cube]
pub(crate) fn sigmoid_gate(x: f32, scale: f32) -> f32 {
    x / (1.0f32 + exp(-(scale * x)))
}
