//! Weights from the tensors of a checkpoint.

use rayon::prelude::*;

use super::network::{LinearLayer, NormLayer};
use super::part::Part;
use super::spec::{VitFamily, VitSpec};
use super::weights::{Affine, Block, Linear, VitWeights};
use crate::floats::Floats;

impl VitWeights {
    /// Takes every tensor once, in the order of [`Part::all`]. With `fold`, LayerScale is among them
    /// and is folded.
    pub(crate) fn assemble<E>(
        spec: &'static VitSpec,
        fold: bool,
        mut take: impl FnMut(Part) -> Result<Floats, E>,
    ) -> Result<Self, E> {
        let class_token = take(Part::ClassToken)?;
        let positions = take(Part::Positions)?;
        let patch = Linear {
            weight: take(Part::PatchWeight)?,
            bias: match spec.family {
                VitFamily::DinoV2 => take(Part::PatchBias)?,
                VitFamily::Clip => vec![0.0; spec.width].into(),
            },
        };
        let pre_norm = if spec.pre_norm { Some(affine(NormLayer::Pre, &mut take)?) } else { None };
        let out: fn(LinearLayer, &mut Take<'_, E>) -> Result<Linear, E> =
            if fold && spec.layer_scale { scaled } else { linear };
        let blocks = (0..spec.depth).map(|block| {
            Ok(Block {
                attention_norm: affine(NormLayer::Attention(block), &mut take)?,
                qkv: linear(LinearLayer::Qkv(block), &mut take)?,
                attention_out: out(LinearLayer::AttentionOut(block), &mut take)?,
                mlp_norm: affine(NormLayer::Mlp(block), &mut take)?,
                mlp_in: linear(LinearLayer::MlpIn(block), &mut take)?,
                mlp_out: out(LinearLayer::MlpOut(block), &mut take)?,
            })
        });
        let blocks = blocks.collect::<Result<_, E>>()?;
        let norm = affine(NormLayer::Last, &mut take)?;
        let projection = match spec.output {
            None => None,
            Some(_) => Some(Linear {
                weight: take(Part::Weight(LinearLayer::Projection))?,
                bias: Vec::new().into(),
            }),
        };
        Ok(Self { spec, patch, class_token, positions, pre_norm, blocks, norm, projection })
    }
}

type Take<'a, E> = dyn FnMut(Part) -> Result<Floats, E> + 'a;

fn affine<E>(layer: NormLayer, take: &mut Take<'_, E>) -> Result<Affine, E> {
    Ok(Affine { scale: take(Part::Scale(layer))?, shift: take(Part::Shift(layer))? })
}

fn linear<E>(layer: LinearLayer, take: &mut Take<'_, E>) -> Result<Linear, E> {
    Ok(Linear { weight: take(Part::Weight(layer))?, bias: take(Part::Bias(layer))? })
}

/// A matrix whose result LayerScale multiplies.
fn scaled<E>(layer: LinearLayer, take: &mut Take<'_, E>) -> Result<Linear, E> {
    let (weight, bias) = (take(Part::Weight(layer))?, take(Part::Bias(layer))?);
    let (mut weight, mut bias) = (weight.into_vec(), bias.into_vec());
    let scale = take(Part::LayerScale(layer))?;
    let times = |value: &mut f32, by: f32| *value = (f64::from(*value) * f64::from(by)) as f32;
    let columns = weight.len() / scale.len();
    let rows = weight.par_chunks_exact_mut(columns);
    let rows = rows.zip(&*scale);
    rows.for_each(|(row, &by)| row.iter_mut().for_each(|value| times(value, by)));
    bias.iter_mut().zip(&scale).for_each(|(value, &by)| times(value, by));
    Ok(Linear { weight: weight.into(), bias: bias.into() })
}
