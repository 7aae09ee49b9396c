//! Tiles of an image to the points of a scheme, and products at the points back to pixels.

use pulp::Simd;

use super::tile::{PANEL, relu};
use super::toom::Points;
use super::winograd::Scheme;

/// For 6 products.
pub(super) const SIX: Points<2> = Points::new([0.75, 1.5]);
/// For 8 products.
pub(super) const EIGHT: Points<3> = Points::new([0.4, 1.0, 2.5]);

/// Transforms the tile that starts at `x[0]`: `out` becomes `[point][channel]`. `row` and
/// `channels` are the steps to the next row and pixel.
#[inline(always)]
pub(super) fn transform_inputs<S: Simd>(
    simd: S,
    scheme: Scheme,
    x: &[f32],
    row: usize,
    channels: usize,
    out: &mut [f32],
) {
    for c in (0..channels).step_by(S::F32_LANES) {
        let (x, out) = (&x[c..], &mut out[c..]);
        match scheme {
            Scheme::Square3 | Scheme::Square5 => square_inputs(simd, x, [row, channels], out),
            Scheme::Row7 => line_inputs(simd, x, channels, channels, out),
            Scheme::Column7 => line_inputs(simd, x, row, channels, out),
        }
    }
}

#[inline(always)]
fn square_inputs<S: Simd>(simd: S, x: &[f32], [row, channels]: [usize; 2], out: &mut [f32]) {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; 6]; 6];
    for (j, column) in columns.iter_mut().enumerate() {
        for (i, value) in column.iter_mut().enumerate() {
            *value = read::<S>(x, i * row + j * channels);
        }
        *column = SIX.input(simd, *column);
    }
    for i in 0..6 {
        let mut line = [zero; 6];
        for (value, column) in line.iter_mut().zip(&columns) {
            *value = column[i];
        }
        for (j, value) in SIX.input(simd, line).into_iter().enumerate() {
            write::<S>(out, (i * 6 + j) * channels, value);
        }
    }
}

#[inline(always)]
fn line_inputs<S: Simd>(simd: S, x: &[f32], step: usize, channels: usize, out: &mut [f32]) {
    let mut line = [simd.splat_f32s(0.0); 8];
    for (i, value) in line.iter_mut().enumerate() {
        *value = read::<S>(x, i * step);
    }
    for (i, value) in EIGHT.input(simd, line).into_iter().enumerate() {
        write::<S>(out, i * channels, value);
    }
}

#[inline(always)]
fn read<S: Simd>(values: &[f32], at: usize) -> S::f32s {
    S::as_simd_f32s(&values[at..][..S::F32_LANES]).0[0]
}

#[inline(always)]
fn write<S: Simd>(values: &mut [f32], at: usize, value: S::f32s) {
    S::as_mut_simd_f32s(&mut values[at..][..S::F32_LANES]).0[0] = value;
}

/// Where the pixels of a tile go: the steps to the next row and pixel, and how many of each there
/// are.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) pixel: usize,
    pub(super) size: [usize; 2],
}

/// Transforms `products`, `[point][PANEL]`, and writes those outputs that are inside the image,
/// with bias and ReLU.
#[inline(always)]
pub(super) fn transform_outputs<S: Simd, const V: usize>(
    simd: S,
    scheme: Scheme,
    products: &[f32],
    bias: [S::f32s; V],
    out: &mut [f32],
    place: Place,
) {
    for (v, bias) in bias.into_iter().enumerate() {
        let lanes = v * S::F32_LANES;
        let (products, out) = (&products[lanes..], &mut out[lanes..]);
        match scheme {
            Scheme::Square3 => square_outputs::<S, 4>(simd, products, bias, out, place),
            Scheme::Square5 => square_outputs::<S, 2>(simd, products, bias, out, place),
            Scheme::Row7 => line_outputs(simd, products, bias, out, place.pixel, place.size[1]),
            Scheme::Column7 => line_outputs(simd, products, bias, out, place.row, place.size[0]),
        }
    }
}

/// 6×6 products to `M`×`M` outputs.
#[inline(always)]
fn square_outputs<S: Simd, const M: usize>(
    simd: S,
    products: &[f32],
    bias: S::f32s,
    out: &mut [f32],
    place: Place,
) {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; M]; 6];
    for (j, column) in columns.iter_mut().enumerate() {
        let mut points = [zero; 6];
        for (i, value) in points.iter_mut().enumerate() {
            *value = read::<S>(products, (i * 6 + j) * PANEL);
        }
        *column = SIX.output(simd, points);
    }
    for i in 0..M.min(place.size[0]) {
        let mut line = [zero; 6];
        for (value, column) in line.iter_mut().zip(&columns) {
            *value = column[i];
        }
        let line: [_; M] = SIX.output(simd, line);
        for (j, value) in line.into_iter().enumerate().take(place.size[1]) {
            let value = relu(simd, simd.add_f32s(value, bias));
            write::<S>(out, i * place.row + j * place.pixel, value);
        }
    }
}

/// 8 products to 2 outputs.
#[inline(always)]
fn line_outputs<S: Simd>(
    simd: S,
    products: &[f32],
    bias: S::f32s,
    out: &mut [f32],
    step: usize,
    size: usize,
) {
    let mut line = [simd.splat_f32s(0.0); 8];
    for (i, value) in line.iter_mut().enumerate() {
        *value = read::<S>(products, i * PANEL);
    }
    let outputs: [_; 2] = EIGHT.output(simd, line);
    for (i, value) in outputs.into_iter().enumerate().take(size) {
        write::<S>(out, i * step, relu(simd, simd.add_f32s(value, bias)));
    }
}
