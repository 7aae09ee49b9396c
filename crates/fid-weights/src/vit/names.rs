//! The names of tensors in files.

use super::network::{LinearLayer, NormLayer};
use super::part::Part;
use super::spec::{Mlp, VitFamily, VitSpec};

/// Names of tensors as one program writes them. Those of layers are continued by `weight` or `bias`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The program.
    pub program: &'static str,
    class_token: &'static str,
    positions: &'static str,
    patch: &'static str,
    pre_norm: &'static str,
    /// Before the number of a block and a dot.
    blocks: &'static str,
    attention_norm: &'static str,
    /// One matrix, or queries, keys and values.
    qkv: &'static [&'static str],
    attention_out: &'static str,
    /// Of [`LinearLayer::AttentionOut`] and of [`LinearLayer::MlpOut`], in full.
    layer_scale: [&'static str; 2],
    mlp_norm: &'static str,
    mlp: [&'static str; 2],
    /// Of [`Mlp::SwiGlu`].
    gated_mlp: [&'static str; 2],
    norm: &'static str,
    /// In full.
    projection: &'static str,
    /// The starts of names of tensors that are not needed.
    unread: &'static [&'static str],
    /// A tensor that files may have and that must be zero.
    pub zero: Option<&'static str>,
    /// Whether the projection is `[width,output]`.
    transposed_projection: bool,
}

const TIMM: Naming = Naming {
    program: "timm",
    class_token: "cls_token",
    positions: "pos_embed",
    patch: "patch_embed.proj.",
    pre_norm: "norm_pre.",
    blocks: "blocks.",
    attention_norm: "norm1.",
    qkv: &["attn.qkv."],
    attention_out: "attn.proj.",
    layer_scale: ["ls1.gamma", "ls2.gamma"],
    mlp_norm: "norm2.",
    mlp: ["mlp.fc1.", "mlp.fc2."],
    gated_mlp: ["mlp.fc1.", "mlp.fc2."],
    norm: "norm.",
    projection: "head.weight",
    unread: &[],
    zero: Some("head.bias"),
    transposed_projection: false,
};

/// As torch.hub loads them.
const HUB: Naming = Naming {
    program: "torch.hub",
    unread: &["mask_token"],
    zero: None,
    gated_mlp: ["mlp.w12.", "mlp.w3."],
    ..TIMM
};

const TRANSFORMERS_DINOV2: Naming = Naming {
    program: "transformers",
    class_token: "embeddings.cls_token",
    positions: "embeddings.position_embeddings",
    patch: "embeddings.patch_embeddings.projection.",
    blocks: "encoder.layer.",
    qkv: &["attention.attention.query.", "attention.attention.key.", "attention.attention.value."],
    attention_out: "attention.output.dense.",
    layer_scale: ["layer_scale1.lambda1", "layer_scale2.lambda1"],
    gated_mlp: ["mlp.weights_in.", "mlp.weights_out."],
    norm: "layernorm.",
    unread: &["embeddings.mask_token"],
    zero: None,
    ..TIMM
};

const TRANSFORMERS_CLIP: Naming = Naming {
    program: "transformers",
    class_token: "vision_model.embeddings.class_embedding",
    positions: "vision_model.embeddings.position_embedding.weight",
    patch: "vision_model.embeddings.patch_embedding.",
    // Spelt so.
    pre_norm: "vision_model.pre_layrnorm.",
    blocks: "vision_model.encoder.layers.",
    attention_norm: "layer_norm1.",
    qkv: &["self_attn.q_proj.", "self_attn.k_proj.", "self_attn.v_proj."],
    attention_out: "self_attn.out_proj.",
    mlp_norm: "layer_norm2.",
    norm: "vision_model.post_layernorm.",
    projection: "visual_projection.weight",
    unread: &[
        "text_model.",
        "text_projection.",
        "logit_scale",
        "vision_model.embeddings.position_ids",
    ],
    zero: None,
    ..TIMM
};

const OPEN_CLIP: Naming = Naming {
    program: "open_clip",
    class_token: "visual.class_embedding",
    positions: "visual.positional_embedding",
    patch: "visual.conv1.",
    pre_norm: "visual.ln_pre.",
    blocks: "visual.transformer.resblocks.",
    attention_norm: "ln_1.",
    qkv: &["attn.in_proj_"],
    attention_out: "attn.out_proj.",
    mlp_norm: "ln_2.",
    mlp: ["mlp.c_fc.", "mlp.c_proj."],
    norm: "visual.ln_post.",
    projection: "visual.proj",
    unread: &[
        "transformer.",
        "token_embedding.",
        "positional_embedding",
        "ln_final.",
        "text_projection",
        "logit_scale",
        "attn_mask",
    ],
    zero: None,
    transposed_projection: true,
    ..TIMM
};

impl Naming {
    /// The namings of a family. The first one also names the streams of seeded weights.
    pub(crate) fn of(family: VitFamily) -> &'static [Self; 3] {
        match family {
            VitFamily::DinoV2 => &[HUB, TRANSFORMERS_DINOV2, TIMM],
            VitFamily::Clip => &[OPEN_CLIP, TRANSFORMERS_CLIP, TIMM],
        }
    }

    /// The name of a tensor: one, or those of its equal shares of rows.
    pub(crate) fn names(&self, spec: &VitSpec, part: Part) -> Vec<String> {
        let one = |name: &str| vec![name.to_owned()];
        match part {
            Part::ClassToken => one(self.class_token),
            Part::Positions => one(self.positions),
            Part::PatchWeight => vec![format!("{}weight", self.patch)],
            Part::PatchBias => vec![format!("{}bias", self.patch)],
            Part::Scale(layer) => vec![self.norm(layer, "weight")],
            Part::Shift(layer) => vec![self.norm(layer, "bias")],
            Part::Weight(LinearLayer::Projection) => one(self.projection),
            Part::Weight(layer) => self.linear(spec, layer, "weight"),
            Part::Bias(layer) => self.linear(spec, layer, "bias"),
            Part::LayerScale(layer) => {
                let second = matches!(layer, LinearLayer::MlpOut(_));
                vec![self.in_block(layer.block(), self.layer_scale[usize::from(second)], "")]
            }
        }
    }

    /// Whether a tensor of a file is not needed: of CLIP's text encoder, say.
    pub(crate) fn is_unread(&self, spec: &VitSpec, name: &str) -> bool {
        let projection = spec.output.is_none() && spec.family == VitFamily::Clip;
        let starts = self.unread.iter().any(|start| name.starts_with(start));
        starts || self.zero == Some(name) || projection && name == self.projection
    }

    /// The shape of a tensor in a file, or of each share of it, without leading ones.
    pub(crate) fn shape(&self, spec: &VitSpec, part: Part) -> Vec<usize> {
        let [rows, columns] = part.shape(spec);
        match part {
            Part::PatchWeight => vec![rows, 3, spec.patch, spec.patch],
            Part::Weight(LinearLayer::Projection) if self.is_transposed(part) => {
                vec![columns, rows]
            }
            Part::Weight(LinearLayer::Qkv(_)) => vec![rows / self.qkv.len(), columns],
            Part::Bias(LinearLayer::Qkv(_)) => vec![columns / self.qkv.len()],
            Part::Weight(_) | Part::Positions => vec![rows, columns],
            _ => vec![columns],
        }
    }

    /// Whether a file holds the columns of a tensor as rows.
    pub(crate) fn is_transposed(&self, part: Part) -> bool {
        self.transposed_projection && part == Part::Weight(LinearLayer::Projection)
    }

    fn norm(&self, layer: NormLayer, what: &str) -> String {
        match layer {
            NormLayer::Pre => format!("{}{what}", self.pre_norm),
            NormLayer::Attention(block) => self.in_block(Some(block), self.attention_norm, what),
            NormLayer::Mlp(block) => self.in_block(Some(block), self.mlp_norm, what),
            NormLayer::Last => format!("{}{what}", self.norm),
        }
    }

    fn linear(&self, spec: &VitSpec, layer: LinearLayer, what: &str) -> Vec<String> {
        let mlp = match spec.mlp {
            Mlp::SwiGlu { .. } => self.gated_mlp,
            Mlp::Gelu { .. } | Mlp::QuickGelu { .. } => self.mlp,
        };
        let one = match layer {
            LinearLayer::Qkv(block) => {
                let each = self.qkv.iter().map(|name| self.in_block(Some(block), name, what));
                return each.collect();
            }
            LinearLayer::AttentionOut(_) => self.attention_out,
            LinearLayer::MlpIn(_) => mlp[0],
            LinearLayer::MlpOut(_) => mlp[1],
            LinearLayer::Projection => self.projection,
        };
        vec![self.in_block(layer.block(), one, what)]
    }

    fn in_block(&self, block: Option<usize>, name: &str, what: &str) -> String {
        match block {
            Some(block) => format!("{}{block}.{name}{what}", self.blocks),
            None => format!("{name}{what}"),
        }
    }
}
