//! A matrix times tokens, with what follows it.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::functions::{Function, apply};
use super::values::{LANES, Tokens};
use crate::isa::Isa;
use crate::kernels::tile::{
    Sums, add_products, groups, load, pixels, read, store, with_tile, write,
};

/// Inputs whose products are summed in a row before they are added to the sums of others: a block of
/// inputs of all tokens stays in the second cache, and the rounding of long sums is that of short
/// ones.
const DEPTH: usize = 1024;

/// Rows of the matrix that are multiplied by some tokens before the next tokens: they stay in the
/// second cache. A multiple of the rows of every tile.
const ROWS: usize = 48;

/// A matrix with a bias, borrowed from the weights.
#[derive(Debug, Clone, Copy)]
pub struct Affine<'a> {
    /// `[out,in]`, row major.
    pub weight: &'a [f32],
    /// `[out]`; empty for none.
    pub bias: &'a [f32],
}

/// Where the products go.
#[derive(Debug)]
pub enum Into<'a> {
    /// The result is `function(x·Wᵀ + b)`.
    New(&'a mut Tokens, Function),
    /// The result is added. The second buffer, of the same size, is for sums that are not finished.
    Add(&'a mut Tokens, &'a mut Tokens),
}

/// Multiplies every token by a matrix.
pub fn linear(isa: Isa, affine: Affine<'_>, x: &Tokens, into: Into<'_>) {
    isa.run(Linear { isa, affine, x, into });
}

struct Linear<'a, 'b> {
    isa: Isa,
    affine: Affine<'a>,
    x: &'a Tokens,
    into: Into<'b>,
}

impl WithSimd for Linear<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { isa, affine: Affine { weight, bias }, x, mut into } = self;
        let depth = x.channels();
        let rows = weight.len() / depth;
        let block = depth.div_ceil(depth.div_ceil(DEPTH));
        for first in (0..depth).step_by(block) {
            let inputs = first..depth.min(first + block);
            for start in (0..rows).step_by(ROWS) {
                let rows = start..rows.min(start + ROWS);
                for panels in groups::<S>(0..x.panels()) {
                    for row in rows.clone().step_by(pixels::<S>()) {
                        let to = match &mut into {
                            Into::New(buffer, _) | Into::Add(_, buffer) => &mut **buffer,
                        };
                        let (inputs, panels) = (inputs.clone(), panels.clone());
                        let rows = row..rows.end.min(row + pixels::<S>());
                        run(isa, Tile { weight, x, inputs, rows, panels, to });
                    }
                }
                if inputs.end == depth {
                    run(isa, Finish { bias: bias.get(rows.clone()), rows, into: &mut into });
                }
            }
        }
    }
}

/// Runs a kernel as a function of its own: inlined into loops, the products lose registers to them,
/// and a third of their speed.
#[inline(never)]
fn run(isa: Isa, kernel: impl WithSimd<Output = ()>) {
    isa.run(kernel);
}

/// The products of a few rows of the matrix and a few panels of tokens.
struct Tile<'a> {
    weight: &'a [f32],
    x: &'a Tokens,
    inputs: Range<usize>,
    rows: Range<usize>,
    panels: Range<usize>,
    /// Takes the sums, or from the second block of inputs on adds them.
    to: &'a mut Tokens,
}

impl WithSimd for Tile<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        with_tile!(S, self.panels, self.products(simd));
    }
}

impl Tile<'_> {
    #[inline(always)]
    fn products<S: Simd, const P: usize, const Q: usize, const V: usize>(self, simd: S) {
        let Self { weight, x, inputs, rows, panels, to } = self;
        let depth = x.channels();
        let mut weights = [&weight[..0]; P];
        for (p, weights) in weights.iter_mut().enumerate() {
            // A partial tile repeats its last row.
            let row = rows.end.min(rows.start + p + 1) - 1;
            *weights = &weight[row * depth..][inputs.clone()];
        }
        let mut tokens = [&x.values()[..0]; Q];
        for (q, tokens) in tokens.iter_mut().enumerate() {
            let panel = &x.values()[(panels.start + q) * depth * LANES..];
            *tokens = &panel[inputs.start * LANES..inputs.end * LANES];
        }
        let mut sums: Sums<S, P, Q, V> = [[[simd.splat_f32s(0.0); V]; Q]; P];
        add_products(simd, &mut sums, weights, tokens);
        let channels = to.channels();
        for (row, sums) in rows.zip(sums) {
            for (q, mut sums) in sums.into_iter().enumerate() {
                let to = &mut to.values_mut()[((panels.start + q) * channels + row) * LANES..];
                if inputs.start > 0 {
                    for (sum, before) in sums.iter_mut().zip(load::<S, V>(to)) {
                        *sum = simd.add_f32s(before, *sum);
                    }
                }
                store::<S, V>(to, sums);
            }
        }
    }
}

/// What follows the products of a few rows.
struct Finish<'a, 'b> {
    rows: Range<usize>,
    /// Of these rows; `None` if the matrix has none.
    bias: Option<&'a [f32]>,
    into: &'a mut Into<'b>,
}

impl WithSimd for Finish<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, bias, into } = self;
        let (sums, mut to, function) = match into {
            Into::New(sums, function) => (&mut **sums, None, *function),
            Into::Add(to, sums) => (&mut **sums, Some(&mut **to), Function::Identity),
        };
        let channels = sums.channels();
        for panel in 0..sums.panels() {
            for (at, row) in rows.clone().enumerate() {
                let place = (panel * channels + row) * LANES;
                let bias = simd.splat_f32s(bias.map_or(0.0, |bias| bias[at]));
                for place in (place..place + LANES).step_by(S::F32_LANES) {
                    let sum = simd.add_f32s(read::<S>(sums.values(), place), bias);
                    match &mut to {
                        Some(to) => {
                            let sum = simd.add_f32s(read::<S>(to.values(), place), sum);
                            write::<S>(to.values_mut(), place, sum);
                        }
                        None => write::<S>(sums.values_mut(), place, apply(simd, function, sum)),
                    }
                }
            }
        }
    }
}
