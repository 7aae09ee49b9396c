//! A matrix times tokens, with what follows it.

use pulp::{Simd, WithSimd};

use super::functions::{Function, map_values};
use super::{LANES, Tokens};
use crate::isa::Isa;
use crate::kernels::tile::{Sums, add_products, groups, load, pixels, store, with_tile};

/// Inputs whose products are summed in a row before they are added to the sums of others: a block of
/// inputs of all tokens stays in the second cache, and the rounding of long sums is that of short
/// ones.
const DEPTH: usize = 1024;

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
    isa.run(Linear { affine, x, into });
}

struct Linear<'a, 'b> {
    affine: Affine<'a>,
    x: &'a Tokens,
    into: Into<'b>,
}

impl WithSimd for Linear<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { affine, x, mut into } = self;
        let depth = x.channels();
        let rows = affine.weight.len() / depth;
        let block = depth.div_ceil(depth.div_ceil(DEPTH));
        for inputs in (0..depth).step_by(block) {
            let inputs = [inputs, block.min(depth - inputs)];
            for row in (0..rows).step_by(pixels::<S>()) {
                for group in groups::<S>(0..x.panels()) {
                    let tile = Tile { affine, x, depth, rows, inputs, row, panel: group.start };
                    with_tile!(S, group, tile.run(simd, &mut into));
                }
            }
        }
    }
}

/// A few rows of the matrix and a few panels of tokens.
struct Tile<'a> {
    affine: Affine<'a>,
    x: &'a Tokens,
    depth: usize,
    rows: usize,
    /// The first input and their number.
    inputs: [usize; 2],
    row: usize,
    panel: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn run<S: Simd, const P: usize, const Q: usize, const V: usize>(
        self,
        simd: S,
        into: &mut Into<'_>,
    ) {
        let Self { affine, x, depth, rows, inputs: [first, count], row, panel } = self;
        let mut weights = [&affine.weight[..0]; P];
        for (p, weights) in weights.iter_mut().enumerate() {
            // A partial tile repeats its last row.
            *weights = &affine.weight[(row + p).min(rows - 1) * depth + first..][..count];
        }
        let mut tokens = [&x.values()[..0]; Q];
        for (q, tokens) in tokens.iter_mut().enumerate() {
            *tokens = &x.values()[((panel + q) * depth + first) * LANES..][..count * LANES];
        }
        let mut sums: Sums<S, P, Q, V> = [[[simd.splat_f32s(0.0); V]; Q]; P];
        add_products(simd, &mut sums, weights, tokens);
        let last = first + count == depth;
        for (p, sums) in sums.into_iter().enumerate().take(rows - row) {
            let bias = affine.bias.get(row + p).copied().unwrap_or(0.0);
            for (q, sums) in sums.into_iter().enumerate() {
                let at = ((panel + q) * rows + row + p) * LANES;
                finish(simd, sums, first == 0, last.then_some(bias), at, into);
            }
        }
        if let (true, Into::New(to, function)) = (last, into) {
            for q in 0..Q {
                let at = ((panel + q) * rows + row) * LANES;
                let count = P.min(rows - row) * LANES;
                map_values(simd, *function, &mut to.values_mut()[at..at + count]);
            }
        }
    }
}

/// Adds the sums of a block of inputs to those before it and, after the last block, finishes them.
#[inline(always)]
fn finish<S: Simd, const V: usize>(
    simd: S,
    mut sums: [S::f32s; V],
    first: bool,
    bias: Option<f32>,
    at: usize,
    into: &mut Into<'_>,
) {
    let buffer = match into {
        Into::New(buffer, _) | Into::Add(_, buffer) => &mut buffer.values_mut()[at..],
    };
    if !first {
        let before = load::<S, V>(buffer);
        for (sum, before) in sums.iter_mut().zip(before) {
            *sum = simd.add_f32s(before, *sum);
        }
    }
    let Some(bias) = bias else { return store::<S, V>(buffer, sums) };
    for sum in &mut sums {
        *sum = simd.add_f32s(*sum, simd.splat_f32s(bias));
    }
    match into {
        Into::New(to, _) => store::<S, V>(&mut to.values_mut()[at..], sums),
        Into::Add(to, _) => {
            let to = &mut to.values_mut()[at..];
            let before = load::<S, V>(to);
            for (sum, before) in sums.iter_mut().zip(before) {
                *sum = simd.add_f32s(before, *sum);
            }
            store::<S, V>(to, sums);
        }
    }
}
