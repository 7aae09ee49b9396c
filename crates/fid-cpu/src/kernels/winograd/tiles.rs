//! Transforming tiles of an image to the points of a scheme, and products at the points to pixels.

use pulp::Simd;

use super::scheme::{Axis, Scheme};
use super::transform::{FOUR, Points, SIX, TEN};
use crate::kernels::tile::{PANEL, read, relu, write};

/// Transforms the tile that starts at `x[0]` to `out`, `[point][channel]`. `row` and `channels` are
/// the steps to the next row and pixel.
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
        let step = |axis| match axis {
            Axis::Row => channels,
            Axis::Column => row,
        };
        match scheme {
            Scheme::Small3 => square_inputs::<S, 1, 4>(simd, &FOUR, x, [row, channels], out),
            Scheme::Square3 | Scheme::Square5 => {
                square_inputs::<S, 2, 6>(simd, &SIX, x, [row, channels], out);
            }
            Scheme::Line3(axis) => {
                line_inputs::<S, 2, 6>(simd, &SIX, x, [step(axis), channels], out);
            }
            Scheme::Line7(axis) => {
                line_inputs::<S, 4, 10>(simd, &TEN, x, [step(axis), channels], out);
            }
        }
    }
}

#[inline(always)]
fn square_inputs<S: Simd, const Q: usize, const A: usize>(
    simd: S,
    points: &Points<Q>,
    x: &[f32],
    [row, channels]: [usize; 2],
    out: &mut [f32],
) {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; A]; A];
    for (j, column) in columns.iter_mut().enumerate() {
        for (i, value) in column.iter_mut().enumerate() {
            *value = read::<S>(x, i * row + j * channels);
        }
        *column = points.input(simd, *column);
    }
    for i in 0..A {
        let mut line = [zero; A];
        for (value, column) in line.iter_mut().zip(&columns) {
            *value = column[i];
        }
        for (j, value) in points.input(simd, line).into_iter().enumerate() {
            write::<S>(out, (i * A + j) * channels, value);
        }
    }
}

#[inline(always)]
fn line_inputs<S: Simd, const Q: usize, const A: usize>(
    simd: S,
    points: &Points<Q>,
    x: &[f32],
    [step, channels]: [usize; 2],
    out: &mut [f32],
) {
    let mut line = [simd.splat_f32s(0.0); A];
    for (i, value) in line.iter_mut().enumerate() {
        *value = read::<S>(x, i * step);
    }
    for (i, value) in points.input(simd, line).into_iter().enumerate() {
        write::<S>(out, i * channels, value);
    }
}

/// The destination of a tile: the steps to the next row and pixel, and the rows and pixels inside
/// the image.
#[derive(Clone, Copy)]
pub(super) struct TileTarget {
    pub(super) row: usize,
    pub(super) pixel: usize,
    pub(super) size: [usize; 2],
}

/// Transforms `products`, `[point][PANEL]`, and writes the outputs inside the image with `bias`,
/// `[PANEL]`, and ReLU.
#[inline(always)]
pub(super) fn transform_outputs<S: Simd>(
    simd: S,
    scheme: Scheme,
    products: &[f32],
    bias: &[f32],
    out: &mut [f32],
    place: TileTarget,
) {
    for lanes in (0..PANEL).step_by(S::F32_LANES) {
        let bias = read::<S>(bias, lanes);
        let (products, out) = (&products[lanes..], &mut out[lanes..]);
        let line = |axis| match axis {
            Axis::Row => [place.pixel, place.size[1]],
            Axis::Column => [place.row, place.size[0]],
        };
        match scheme {
            Scheme::Small3 => {
                square_outputs::<S, 1, 4, 2>(simd, &FOUR, products, bias, out, place);
            }
            Scheme::Square3 => {
                square_outputs::<S, 2, 6, 4>(simd, &SIX, products, bias, out, place);
            }
            Scheme::Square5 => {
                square_outputs::<S, 2, 6, 2>(simd, &SIX, products, bias, out, place);
            }
            Scheme::Line3(axis) => {
                line_outputs::<S, 2, 6>(simd, &SIX, products, bias, out, line(axis));
            }
            Scheme::Line7(axis) => {
                line_outputs::<S, 4, 10>(simd, &TEN, products, bias, out, line(axis));
            }
        }
    }
}

/// `A`×`A` products to `M`×`M` outputs.
#[inline(always)]
fn square_outputs<S: Simd, const Q: usize, const A: usize, const M: usize>(
    simd: S,
    points: &Points<Q>,
    products: &[f32],
    bias: S::f32s,
    out: &mut [f32],
    place: TileTarget,
) {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; M]; A];
    for (j, column) in columns.iter_mut().enumerate() {
        let mut line = [zero; A];
        for (i, value) in line.iter_mut().enumerate() {
            *value = read::<S>(products, (i * A + j) * PANEL);
        }
        *column = points.output(simd, line);
    }
    for i in 0..M.min(place.size[0]) {
        let mut line = [zero; A];
        for (value, column) in line.iter_mut().zip(&columns) {
            *value = column[i];
        }
        let line: [_; M] = points.output(simd, line);
        for (j, value) in line.into_iter().enumerate().take(place.size[1]) {
            let value = relu(simd, simd.add_f32s(value, bias));
            write::<S>(out, i * place.row + j * place.pixel, value);
        }
    }
}

/// `A` products to 4 outputs; the first `size` are inside the image.
#[inline(always)]
fn line_outputs<S: Simd, const Q: usize, const A: usize>(
    simd: S,
    points: &Points<Q>,
    products: &[f32],
    bias: S::f32s,
    out: &mut [f32],
    [step, size]: [usize; 2],
) {
    let mut line = [simd.splat_f32s(0.0); A];
    for (i, value) in line.iter_mut().enumerate() {
        *value = read::<S>(products, i * PANEL);
    }
    let outputs: [_; 4] = points.output(simd, line);
    for (i, value) in outputs.into_iter().enumerate().take(size) {
        write::<S>(out, i * step, relu(simd, simd.add_f32s(value, bias)));
    }
}
