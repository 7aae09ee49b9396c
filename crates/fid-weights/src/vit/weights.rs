//! The weights of a vision transformer, ready for a device.

use super::network::{LinearLayer, NormLayer};
use super::spec::VitSpec;
use crate::floats::Floats;

/// The weights of a vision transformer. LayerScale is folded into the matrices before it, in `f64`,
/// rounded to `f32` once.
#[derive(Debug, Clone, PartialEq)]
pub struct VitWeights {
    /// The network.
    pub spec: &'static VitSpec,
    /// `[width,3·patch²]`: channel, row and column of a patch. The bias is zero for CLIP.
    pub patch: Linear,
    /// `[width]`, without its position.
    pub class_token: Floats,
    /// `[1+grid²,width]` as trained: the class token's, then row by row.
    pub positions: Floats,
    /// Of [`NormLayer::Pre`], if the network has it.
    pub pre_norm: Option<Affine>,
    /// One for each block.
    pub blocks: Vec<Block>,
    /// Of [`NormLayer::Last`].
    pub norm: Affine,
    /// Of [`LinearLayer::Projection`], if the network has it; the bias is empty.
    pub projection: Option<Linear>,
}

/// The weights of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Of [`NormLayer::Attention`].
    pub attention_norm: Affine,
    /// Of [`LinearLayer::Qkv`].
    pub qkv: Linear,
    /// Of [`LinearLayer::AttentionOut`].
    pub attention_out: Linear,
    /// Of [`NormLayer::Mlp`].
    pub mlp_norm: Affine,
    /// Of [`LinearLayer::MlpIn`].
    pub mlp_in: Linear,
    /// Of [`LinearLayer::MlpOut`].
    pub mlp_out: Linear,
}

/// A matrix with a bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// `[out,in]`, row major.
    pub weight: Floats,
    /// `[out]`; empty for none.
    pub bias: Floats,
}

/// Scale and shift after a normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// `[width]`.
    pub scale: Floats,
    /// `[width]`.
    pub shift: Floats,
}

impl VitWeights {
    /// The weights of a matrix.
    ///
    /// # Panics
    /// If the network does not have the layer.
    pub fn linear(&self, layer: LinearLayer) -> &Linear {
        match layer {
            LinearLayer::Qkv(block) => &self.blocks[block].qkv,
            LinearLayer::AttentionOut(block) => &self.blocks[block].attention_out,
            LinearLayer::MlpIn(block) => &self.blocks[block].mlp_in,
            LinearLayer::MlpOut(block) => &self.blocks[block].mlp_out,
            LinearLayer::Projection => match &self.projection {
                Some(projection) => projection,
                None => panic!("{} has no projection", self.spec.name),
            },
        }
    }

    /// Scale and shift of a normalisation.
    ///
    /// # Panics
    /// If the network does not have the layer.
    pub fn norm(&self, layer: NormLayer) -> &Affine {
        match layer {
            NormLayer::Pre => match &self.pre_norm {
                Some(norm) => norm,
                None => panic!("{} has no norm before its blocks", self.spec.name),
            },
            NormLayer::Attention(block) => &self.blocks[block].attention_norm,
            NormLayer::Mlp(block) => &self.blocks[block].mlp_norm,
            NormLayer::Last => &self.norm,
        }
    }
}
