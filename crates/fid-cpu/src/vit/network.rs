//! The network over a group of images on one thread.

use fid_weights::vit::{Activation, Linear, LinearLayer, NormLayer, TokenGraph, VitWeights, vit};

use super::buffers::{Buffer, Buffers};
use super::embed;
use crate::isa::Isa;
use crate::kernels::tokens::{self, Affine, Function, HeadMemory, Into, LANES, Norm};

/// Tokens that a thread takes through the network together, at most: four images of 257 or two of
/// 577. Fewer would leave more of the last panel empty and read the weights more often.
const TOGETHER: usize = 1160;

/// A vision transformer on the CPU.
#[derive(Debug)]
pub(super) struct VitNetwork {
    isa: Isa,
    weights: VitWeights,
    buffers: Buffers,
}

/// Images of one size, and what their tokens start from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Images<'a> {
    /// `[n,3,side,side]`.
    pub(super) values: &'a [f32],
    pub(super) side: usize,
    /// `[tokens,width]`, of [`embed::start`].
    pub(super) start: &'a [f32],
}

impl VitNetwork {
    pub(super) fn new(isa: Isa, weights: VitWeights) -> Self {
        Self { isa, weights, buffers: Buffers::default() }
    }

    pub(super) fn weights(&self) -> &VitWeights {
        &self.weights
    }

    /// Images of `tokens` tokens in a group, if there is no reason for fewer.
    pub(super) fn together(tokens: usize) -> usize {
        (TOGETHER / tokens).max(1)
    }

    /// The features of a group of images, `[n,features]`.
    pub(super) fn run(&self, images: Images<'_>) -> Vec<f32> {
        let count = images.values.len() / (3 * images.side * images.side);
        let mut group = Group { network: self, images, count, memory: HeadMemory::default() };
        let features = vit(&mut group, self.weights.spec).tokens;
        let of = |image| {
            let channels = features.values()[features.place(image)..].iter().step_by(LANES);
            channels.take(features.channels())
        };
        (0..count).flat_map(of).copied().collect()
    }
}

/// Tokens of a group of images.
struct Value {
    tokens: Buffer,
    per_image: usize,
}

struct Group<'a> {
    network: &'a VitNetwork,
    images: Images<'a>,
    /// Number of images.
    count: usize,
    memory: HeadMemory,
}

impl<'a> Group<'a> {
    fn value(&self, per_image: usize, channels: usize) -> Value {
        let tokens = self.network.buffers.tokens(self.count * per_image, channels);
        Value { tokens, per_image }
    }

    fn affine(&self, layer: LinearLayer) -> Affine<'a> {
        let Linear { weight, bias } = self.network.weights.linear(layer);
        Affine { weight, bias }
    }

    fn add(&self, mut to: Value, x: &Value, affine: Affine<'_>) -> Value {
        let mut sums = self.value(to.per_image, to.tokens.channels());
        let into = Into::Add(&mut to.tokens, &mut sums.tokens);
        tokens::linear(self.network.isa, affine, &x.tokens, into);
        to
    }
}

impl TokenGraph for Group<'_> {
    type Value = Value;

    fn embed(&mut self) -> Value {
        let Images { values, side, start } = self.images;
        let VitWeights { spec, patch, .. } = &self.network.weights;
        let per_image = start.len() / spec.width;
        let mut patches = self.value(per_image, 3 * spec.patch * spec.patch);
        embed::patches(values, side, spec.patch, &mut patches.tokens);
        let mut to = self.value(per_image, spec.width);
        embed::repeat(start, &mut to.tokens);
        // The bias is in `start`.
        self.add(to, &patches, Affine { weight: &patch.weight, bias: &[] })
    }

    fn norm(&mut self, x: &Value, layer: NormLayer) -> Value {
        let VitNetwork { isa, weights, .. } = self.network;
        let affine = weights.norm(layer);
        let epsilon = weights.spec.norm_eps as f32;
        let norm = Norm { scale: &affine.scale, shift: &affine.shift, epsilon };
        let mut to = self.value(x.per_image, x.tokens.channels());
        tokens::norm(*isa, norm, &x.tokens, &mut to.tokens);
        to
    }

    fn linear(&mut self, x: &Value, layer: LinearLayer, activation: Activation) -> Value {
        let function = match activation {
            Activation::Identity => Function::Identity,
            Activation::Gelu => Function::Gelu,
            Activation::QuickGelu => Function::QuickGelu,
        };
        let affine = self.affine(layer);
        let mut to = self.value(x.per_image, affine.weight.len() / x.tokens.channels());
        let into = Into::New(&mut to.tokens, function);
        tokens::linear(self.network.isa, affine, &x.tokens, into);
        to
    }

    fn add_linear(&mut self, to: Value, x: &Value, layer: LinearLayer) -> Value {
        self.add(to, x, self.affine(layer))
    }

    fn attention(&mut self, qkv: &Value) -> Value {
        let mut to = self.value(qkv.per_image, qkv.tokens.channels() / 3);
        let (isa, per_image) = (self.network.isa, qkv.per_image);
        let memory = &mut self.memory;
        tokens::attention(isa, per_image, self.count, &qkv.tokens, &mut to.tokens, memory);
        to
    }

    fn gate(&mut self, x: &Value) -> Value {
        let mut to = self.value(x.per_image, x.tokens.channels() / 2);
        tokens::gate(self.network.isa, &x.tokens, &mut to.tokens);
        to
    }

    fn class_token(&mut self, x: &Value) -> Value {
        let mut to = self.value(1, x.tokens.channels());
        to.tokens.values_mut().fill(0.0);
        for image in 0..self.count {
            let place = to.tokens.place(image);
            let from = x.tokens.values()[x.tokens.place(image * x.per_image)..].iter();
            let values = to.tokens.values_mut()[place..].iter_mut().step_by(LANES);
            values.zip(from.step_by(LANES)).take(x.tokens.channels()).for_each(|(to, &x)| *to = x);
        }
        to
    }
}
