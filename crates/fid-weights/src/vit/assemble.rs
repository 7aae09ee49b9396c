//! Weights from the tensors of a checkpoint.

use rayon::prelude::*;

use super::network::{LinearLayer, NormLayer};
use super::part::Part;
use super::spec::{VitFamily, VitSpec};
use super::weights::{Affine, Block, Linear, VitWeights};

impl VitWeights {
    /// Takes every tensor once, in the order of [`Part::all`], and folds LayerScale.
    pub(crate) fn assemble<E>(
        spec: &'static VitSpec,
        mut take: impl FnMut(Part) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let class_token = take(Part::ClassToken)?.into();
        let positions = take(Part::Positions)?.into();
        let patch = Linear {
            weight: take(Part::PatchWeight)?.into(),
            bias: match spec.family {
                VitFamily::DinoV2 => take(Part::PatchBias)?.into(),
                VitFamily::Clip => vec![0.0; spec.width].into(),
            },
        };
        let pre_norm = if spec.pre_norm { Some(affine(NormLayer::Pre, &mut take)?) } else { None };
        let blocks = (0..spec.depth).map(|block| {
            Ok(Block {
                attention_norm: affine(NormLayer::Attention(block), &mut take)?,
                qkv: linear(LinearLayer::Qkv(block), &mut take)?,
                attention_out: scaled(spec, LinearLayer::AttentionOut(block), &mut take)?,
                mlp_norm: affine(NormLayer::Mlp(block), &mut take)?,
                mlp_in: linear(LinearLayer::MlpIn(block), &mut take)?,
                mlp_out: scaled(spec, LinearLayer::MlpOut(block), &mut take)?,
            })
        });
        let blocks = blocks.collect::<Result<_, E>>()?;
        let norm = affine(NormLayer::Last, &mut take)?;
        let projection = match spec.output {
            None => None,
            Some(_) => Some(Linear {
                weight: take(Part::Weight(LinearLayer::Projection))?.into(),
                bias: Vec::new().into(),
            }),
        };
        Ok(Self { spec, patch, class_token, positions, pre_norm, blocks, norm, projection })
    }
}

type Take<'a, E> = dyn FnMut(Part) -> Result<Vec<f32>, E> + 'a;

fn affine<E>(layer: NormLayer, take: &mut Take<'_, E>) -> Result<Affine, E> {
    Ok(Affine { scale: take(Part::Scale(layer))?.into(), shift: take(Part::Shift(layer))?.into() })
}

fn linear<E>(layer: LinearLayer, take: &mut Take<'_, E>) -> Result<Linear, E> {
    Ok(Linear { weight: take(Part::Weight(layer))?.into(), bias: take(Part::Bias(layer))?.into() })
}

/// A matrix whose result LayerScale multiplies, if the network has it.
fn scaled<E>(spec: &VitSpec, layer: LinearLayer, take: &mut Take<'_, E>) -> Result<Linear, E> {
    if !spec.layer_scale {
        return linear(layer, take);
    }
    let (mut weight, mut bias) = (take(Part::Weight(layer))?, take(Part::Bias(layer))?);
    let scale = take(Part::LayerScale(layer))?;
    let times = |value: &mut f32, by: f32| *value = (f64::from(*value) * f64::from(by)) as f32;
    let rows = weight.par_chunks_exact_mut(layer.shape(spec)[1]);
    rows.zip(&scale).for_each(|(row, &by)| row.iter_mut().for_each(|value| times(value, by)));
    bias.iter_mut().zip(&scale).for_each(|(value, &by)| times(value, by));
    Ok(Linear { weight: weight.into(), bias: bias.into() })
}
