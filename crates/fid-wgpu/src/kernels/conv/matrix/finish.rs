//! What follows a convolution, as WGSL: the functions of [`crate::kernels::math`] and
//! [`crate::kernels::conv::After`] with the same polynomials. A uniform decides between them, because
//! drivers compile slowly; only the long ones have a kernel of their own.

use crate::kernels::conv::after::After;
use crate::kernels::math::{
    ERF_LARGE, ERF_ONE, ERF_SMALL, ERF_SPLIT, EXP, EXP_RANGE, LN_2, LOG2_E, QUICK, SQRT_HALF,
};

/// Whether the kernel is that of the long functions.
pub(super) fn is_long(after: After) -> bool {
    matches!(after, After::Gelu | After::QuickGelu)
}

/// `finish_sums(v, there)` for four sums, with the values at their place in the destination.
pub(super) fn functions(long: bool) -> String {
    if !long {
        return format!(
            "
fn finish_sums(v: vec4<f32>, there: vec4<f32>) -> vec4<f32> {{
  return there + select(v, vec4<f32>(), vec4<bool>(s.after == {}u) & (v < vec4<f32>()));
}}
",
            After::Relu as u32
        );
    }
    let all = |value: f32| format!("vec4<f32>({value:?})");
    let polynomial = |terms: &[f32], x: &str| {
        let [terms @ .., last] = terms else { return String::new() };
        terms.iter().rev().fold(all(*last), |sum, &term| format!("fma({sum}, {x}, {})", all(term)))
    };
    format!(
        "
fn exponential(argument: vec4<f32>) -> vec4<f32> {{
  let x = clamp(argument, {low}, {high});
  let n = floor(fma(x, {log2_e}, {half}));
  let r = fma(n, {ln_2_low}, fma(n, {ln_2_high}, x));
  let sum = fma(fma({exp}, r, {one}), r, {one});
  return sum * bitcast<vec4<f32>>(vec4<u32>(vec4<i32>(n) + vec4<i32>(127)) << vec4<u32>(23u));
}}
fn error_function(x: vec4<f32>) -> vec4<f32> {{
  let size = min(abs(x), {erf_one});
  let square = size * size;
  let small = fma({erf_small}, size, size);
  let large = {one} - exponential(-({erf_large}));
  let result = select(large, small, size < {erf_split});
  return select(result, -result, x < vec4<f32>());
}}
fn finish_sums(v: vec4<f32>, there: vec4<f32>) -> vec4<f32> {{
  if (s.after == {gelu}u) {{ return v * 0.5 * ({one} + error_function(v * {sqrt_half})); }}
  return v / ({one} + exponential(-({quick} * v)));
}}
",
        low = all(EXP_RANGE[0]),
        high = all(EXP_RANGE[1]),
        log2_e = all(LOG2_E),
        half = all(0.5),
        ln_2_high = all(-LN_2[0]),
        ln_2_low = all(-LN_2[1]),
        exp = polynomial(&EXP, "r"),
        one = all(1.0),
        erf_one = all(ERF_ONE),
        erf_small = polynomial(&ERF_SMALL, "square"),
        erf_large = polynomial(&ERF_LARGE, "size"),
        erf_split = all(ERF_SPLIT),
        gelu = After::Gelu as u32,
        sqrt_half = all(SQRT_HALF),
        quick = all(QUICK),
    )
}
