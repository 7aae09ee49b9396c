//! Attention: each query's mean of the values, weighted by the softmax of its products with the keys.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::functions::{Function, exp};
use super::linear::{Affine, Into, linear};
use super::norm::sum;
use super::values::{LANES, Tokens};
use crate::isa::Isa;
use crate::kernels::tile::{MOST_TOGETHER, larger, read, write};

/// Channels of a head.
pub const HEAD: usize = 64;

/// Panels of queries whose weights are computed together: those of all would not fit the caches.
const TOGETHER: usize = MOST_TOGETHER;

/// Memory for one head of one image.
#[derive(Debug, Default)]
pub struct HeadMemory {
    /// `[token][HEAD]`
    keys: Vec<f32>,
    /// `[HEAD][token]`
    values: Vec<f32>,
}

/// For each head of each image `softmax(Q·Kᵀ/√HEAD)·V`. `qkv` has queries, keys and values, in this
/// order, head after head; `to` has a third of its channels. `per_image` is the number of tokens of
/// an image.
pub fn attention(
    isa: Isa,
    per_image: usize,
    images: usize,
    qkv: &Tokens,
    to: &mut Tokens,
    memory: &mut HeadMemory,
) {
    let heads = to.channels() / HEAD;
    for image in 0..images {
        let tokens = image * per_image..(image + 1) * per_image;
        for head in 0..heads {
            memory.read(qkv, tokens.clone(), head);
            let panels = tokens.start / LANES..tokens.end.div_ceil(LANES);
            for start in panels.clone().step_by(TOGETHER) {
                let panels = start..panels.end.min(start + TOGETHER);
                let outputs = memory.attend(isa, qkv, panels.clone(), head);
                write_head(&outputs, to, panels, &tokens, head);
            }
        }
    }
}

impl HeadMemory {
    /// Copies the keys and values of one head of one image.
    fn read(&mut self, qkv: &Tokens, tokens: Range<usize>, head: usize) {
        let width = qkv.channels() / 3;
        self.keys.resize(tokens.len() * HEAD, 0.0);
        self.values.resize(tokens.len() * HEAD, 0.0);
        for channel in 0..HEAD {
            let keys = qkv.channel(tokens.clone(), width + head * HEAD + channel);
            let places = self.keys[channel..].iter_mut().step_by(HEAD);
            for (to, &key) in places.zip(keys.flatten()) {
                *to = key;
            }
            let mut to = &mut self.values[channel * tokens.len()..][..tokens.len()];
            for values in qkv.channel(tokens.clone(), 2 * width + head * HEAD + channel) {
                let (now, later) = std::mem::take(&mut to).split_at_mut(values.len());
                now.copy_from_slice(values);
                to = later;
            }
        }
    }

    /// The outputs of the queries in some panels. Tokens there of other images are computed, too.
    fn attend(&self, isa: Isa, qkv: &Tokens, panels: Range<usize>, head: usize) -> Tokens {
        let tokens = panels.len() * LANES;
        let mut queries = Tokens::new(Vec::new(), tokens, HEAD);
        for (panel, to) in panels.zip(queries.values_mut().chunks_exact_mut(HEAD * LANES)) {
            let from = (panel * qkv.channels() + head * HEAD) * LANES;
            for (to, query) in to.iter_mut().zip(&qkv.values()[from..]) {
                // Exact: √HEAD is a power of two.
                *to = query / (HEAD as f32).sqrt();
            }
        }
        let keys = Affine { weight: &self.keys, bias: &[] };
        let mut weights = Tokens::new(Vec::new(), tokens, self.keys.len() / HEAD);
        linear(isa, keys, &queries, Into::New(&mut weights, Function::Identity));
        softmax(isa, &mut weights);
        let values = Affine { weight: &self.values, bias: &[] };
        linear(isa, values, &weights, Into::New(&mut queries, Function::Identity));
        queries
    }
}

/// Copies the outputs of some panels that belong to an image.
fn write_head(
    outputs: &Tokens,
    to: &mut Tokens,
    panels: Range<usize>,
    tokens: &Range<usize>,
    head: usize,
) {
    let width = to.channels();
    for (panel, outputs) in panels.zip(outputs.values().chunks_exact(HEAD * LANES)) {
        let start = tokens.start.saturating_sub(panel * LANES);
        let end = LANES.min(tokens.end - panel * LANES);
        let to = &mut to.values_mut()[(panel * width + head * HEAD) * LANES..][..HEAD * LANES];
        for (to, output) in to.chunks_exact_mut(LANES).zip(outputs.chunks_exact(LANES)) {
            to[start..end].copy_from_slice(&output[start..end]);
        }
    }
}

/// `e^x` over the sum of it over the channels of the token.
pub fn softmax(isa: Isa, x: &mut Tokens) {
    isa.run(Softmax { x });
}

struct Softmax<'a> {
    x: &'a mut Tokens,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let panel = self.x.channels() * LANES;
        for x in self.x.values_mut().chunks_exact_mut(panel) {
            for lane in (0..LANES).step_by(S::F32_LANES) {
                let mut largest = read::<S>(x, lane);
                for x in x.chunks_exact(LANES) {
                    largest = larger(simd, largest, read::<S>(x, lane));
                }
                for x in x.chunks_exact_mut(LANES) {
                    let power = exp(simd, simd.sub_f32s(read::<S>(x, lane), largest));
                    write::<S>(x, lane, power);
                }
                let sum = sum(simd, x, lane, simd.splat_f32s(0.0));
                let factor = simd.div_f32s(simd.splat_f32s(1.0), sum);
                for x in x.chunks_exact_mut(LANES) {
                    let share = simd.mul_f32s(read::<S>(x, lane), factor);
                    write::<S>(x, lane, share);
                }
            }
        }
    }
}
