//! The tensors of a vision transformer as files hold them.

use super::network::{LinearLayer, NormLayer};
use super::spec::{HEAD, VitFamily, VitSpec};

/// A tensor of a checkpoint, before LayerScale is folded into the matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    ClassToken,
    Positions,
    PatchWeight,
    PatchBias,
    Scale(NormLayer),
    Shift(NormLayer),
    Weight(LinearLayer),
    Bias(LinearLayer),
    LayerScale(LinearLayer),
}

impl Part {
    /// The tensors of a network, in the order of [`super::VitWeights`].
    pub(crate) fn all(spec: &VitSpec) -> Vec<Self> {
        let mut parts = vec![Self::ClassToken, Self::Positions, Self::PatchWeight];
        if spec.family == VitFamily::DinoV2 {
            parts.push(Self::PatchBias);
        }
        let norm = |layer| [Self::Scale(layer), Self::Shift(layer)];
        let linear = |layer| [Self::Weight(layer), Self::Bias(layer)];
        if spec.pre_norm {
            parts.extend(norm(NormLayer::Pre));
        }
        for block in 0..spec.depth {
            let scaled = |layer| {
                let scale = spec.layer_scale.then_some(Self::LayerScale(layer));
                linear(layer).into_iter().chain(scale)
            };
            parts.extend(norm(NormLayer::Attention(block)));
            parts.extend(linear(LinearLayer::Qkv(block)));
            parts.extend(scaled(LinearLayer::AttentionOut(block)));
            parts.extend(norm(NormLayer::Mlp(block)));
            parts.extend(linear(LinearLayer::MlpIn(block)));
            parts.extend(scaled(LinearLayer::MlpOut(block)));
        }
        parts.extend(norm(NormLayer::Last));
        if spec.output.is_some() {
            parts.push(Self::Weight(LinearLayer::Projection));
        }
        parts
    }

    /// Number of values.
    pub(crate) fn count(self, spec: &VitSpec) -> usize {
        let [rows, columns] = self.shape(spec);
        rows * columns
    }

    /// Rows and columns; a vector is one row.
    pub(crate) fn shape(self, spec: &VitSpec) -> [usize; 2] {
        let width = spec.width;
        match self {
            Self::Positions => [1 + spec.grid * spec.grid, width],
            Self::PatchWeight => [width, 3 * spec.patch * spec.patch],
            Self::Weight(layer) => layer.shape(spec),
            Self::Bias(layer) => [1, layer.shape(spec)[0]],
            Self::ClassToken
            | Self::PatchBias
            | Self::Scale(_)
            | Self::Shift(_)
            | Self::LayerScale(_) => [1, width],
        }
    }
}

impl VitSpec {
    /// The longest file that is read, in bytes: twice the largest network's weights in `f32`. CLIP's
    /// text encoder takes up to three quarters of the image encoder's.
    pub(super) fn longest_file() -> u64 {
        let count = |spec| Part::all(spec).iter().map(|part| part.count(spec)).sum::<usize>();
        let largest = Self::ALL.iter().map(count).max();
        2 * 4 * largest.unwrap_or_default() as u64
    }
}

impl LinearLayer {
    /// The block that it is in; none for the projection.
    pub fn block(self) -> Option<usize> {
        match self {
            Self::Qkv(block)
            | Self::AttentionOut(block)
            | Self::MlpIn(block)
            | Self::MlpOut(block) => Some(block),
            Self::Projection => None,
        }
    }

    /// `[out,in]` of the matrix.
    pub fn shape(self, spec: &VitSpec) -> [usize; 2] {
        let width = spec.heads() * HEAD;
        match self {
            Self::Qkv(_) => [3 * width, width],
            Self::AttentionOut(_) => [width, width],
            Self::MlpIn(_) => [spec.mlp.rows_in(), width],
            Self::MlpOut(_) => [width, spec.mlp.hidden()],
            Self::Projection => [spec.features(), width],
        }
    }
}
