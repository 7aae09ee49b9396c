//! Vision transformers: their definition, their sizes and their weights.

mod network;
mod spec;
mod weights;

pub use network::{Activation, LinearLayer, NormLayer, TokenGraph, vit};
pub use spec::{Mlp, VitFamily, VitSpec};
pub use weights::{Affine, Block, Linear, VitWeights};
