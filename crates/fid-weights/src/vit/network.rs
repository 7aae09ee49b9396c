//! The vision transformer, written once over an abstract set of operations.
//!
//! Sources: `vision_transformer.py` of DINOv2 and `model.py` of CLIP, which differ in what
//! [`VitSpec`] says.

use super::spec::{Activation, Mlp, VitSpec};

/// A layer normalisation of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormLayer {
    /// Before the first block (CLIP).
    Pre,
    /// Before the attention of a block.
    Attention(usize),
    /// Before the MLP of a block.
    Mlp(usize),
    /// After the last block.
    Last,
}

/// A matrix with a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinearLayer {
    /// `[3·width,width]`: queries, keys and values of a block, in this order, each head after head.
    Qkv(usize),
    /// `[width,width]`: from the heads of a block back to its tokens, times LayerScale.
    AttentionOut(usize),
    /// `[hidden,width]`, for [`Mlp::SwiGlu`] `[2·hidden,width]`.
    MlpIn(usize),
    /// `[width,hidden]`, times LayerScale.
    MlpOut(usize),
    /// `[output,width]`, without bias (CLIP).
    Projection,
}

/// The operations that the network is made of. A value stands for tokens `[N,T,channels]` of N
/// images; the implementation chooses how to store them.
pub trait TokenGraph {
    /// A handle to an intermediate result.
    type Value;

    /// The input: each patch of an image times the patch weights, after the class token, plus the
    /// positions: `[N,1+grid²,width]`.
    fn embed(&mut self) -> Self::Value;

    /// Subtracts the mean of each token, divides by `√(variance + ε)`, scales and shifts.
    fn norm(&mut self, x: &Self::Value, layer: NormLayer) -> Self::Value;

    /// `activation(x·Wᵀ + b)`.
    fn linear(
        &mut self,
        x: &Self::Value,
        layer: LinearLayer,
        activation: Activation,
    ) -> Self::Value;

    /// `to + x·Wᵀ + b`.
    fn add_linear(&mut self, to: Self::Value, x: &Self::Value, layer: LinearLayer) -> Self::Value;

    /// For each head `softmax(Q·Kᵀ/√64)·V`: from `[N,T,3·width]` of [`LinearLayer::Qkv`] to
    /// `[N,T,width]`, head after head.
    fn attention(&mut self, qkv: &Self::Value) -> Self::Value;

    /// `a·σ(a)·b` of the halves `[a, b]` of each token: half as many channels.
    fn gate(&mut self, x: &Self::Value) -> Self::Value;

    /// The first token of each image: `[N,1,channels]`.
    fn class_token(&mut self, x: &Self::Value) -> Self::Value;
}

/// Runs the network; returns features, `[N,1,features]`.
pub fn vit<G: TokenGraph>(g: &mut G, spec: &VitSpec) -> G::Value {
    let mut x = g.embed();
    if spec.pre_norm {
        x = g.norm(&x, NormLayer::Pre);
    }
    for block in 0..spec.depth {
        let normed = g.norm(&x, NormLayer::Attention(block));
        let qkv = g.linear(&normed, LinearLayer::Qkv(block), Activation::Identity);
        let mut heads = g.attention(&qkv);
        if block + 1 == spec.depth {
            // Only the class token is read after the last attention.
            (x, heads) = (g.class_token(&x), g.class_token(&heads));
        }
        x = g.add_linear(x, &heads, LinearLayer::AttentionOut(block));
        let normed = g.norm(&x, NormLayer::Mlp(block));
        let mut hidden = g.linear(&normed, LinearLayer::MlpIn(block), spec.mlp.activation());
        if matches!(spec.mlp, Mlp::SwiGlu { .. }) {
            hidden = g.gate(&hidden);
        }
        x = g.add_linear(x, &hidden, LinearLayer::MlpOut(block));
    }
    let x = g.norm(&x, NormLayer::Last);
    match spec.output {
        None => x,
        Some(_) => g.linear(&x, LinearLayer::Projection, Activation::Identity),
    }
}
