//! Reading ONNX graphs, from any exporter.
//!
//! Exporters rename nodes and tensors freely and fold batch normalisation away. So the reader walks
//! the graph ([`operations`]), finds the network's layers by what they compute ([`fit`]) and
//! refuses a graph that computes anything else.

mod classifier;
mod fit;
mod node;
mod notation;
mod operations;
mod proto;
mod structure;
mod tensor;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod write;

use prost::Message;
use prost::bytes::Bytes;

use self::classifier::classifier;
use self::proto::ModelProto;
use self::tensor::floats;
use self::value::OnnxConv;
pub(crate) use self::write::write;
use super::problem::quoted;
use super::values::variances;
use crate::checkpoint::{Checkpoint, ConvParams, Norm};
use crate::format::problem::FileProblem;
use crate::identity::WeightsFormat;
use crate::inception::{ConvLayer, LayerTable};

/// Whether `bytes` start with a field of ONNX's `ModelProto`: its version first, as every exporter
/// writes, or one of its strings and messages.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    const FIELDS: [u8; 9] = [0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72];
    bytes.first().is_some_and(|first| FIELDS.contains(first))
}

/// Reads a checkpoint out of a whole file. Constants are slices of `bytes` until their layer is
/// known.
pub(super) fn read(bytes: Bytes) -> Result<Checkpoint, FileProblem> {
    structure::check(&bytes)?;
    let model = ModelProto::decode(bytes)
        .map_err(|error| FileProblem::damaged(WeightsFormat::Onnx, &error))?;
    let graph = model.graph.ok_or_else(|| FileProblem::Damaged {
        format: WeightsFormat::Onnx,
        cause: "it holds no graph".into(),
    })?;
    let walk = operations::walk(&graph)?;
    let (convs, pooled) = fit::fit(&walk)?;
    let layers = LayerTable::get().convs();
    let convs = convs.into_iter().zip(layers).map(|(conv, layer)| params(conv, layer));
    Ok(Checkpoint {
        convs: convs.collect::<Result<_, _>>()?,
        classifier: classifier(&walk, pooled)?,
    })
}

fn params(conv: &OnnxConv<'_>, layer: &ConvLayer) -> Result<ConvParams, FileProblem> {
    let filters = [layer.conv.out_channels];
    let role = |part: &str| format!("{part} of {}", layer.name);
    let weight = floats(conv.weight, &layer.weight_shape(), &role("weight"))?;
    let bias = conv.bias.map(|bias| floats(bias, &filters, &role("bias"))).transpose()?;
    let Some(norm) = conv.norm else {
        let bias = bias.unwrap_or_else(|| vec![0.0; layer.conv.out_channels]);
        return Ok(ConvParams { weight, norm: Norm::Folded { bias } });
    };
    let [gamma, beta, mean, var] = norm.parameters;
    let mut means = floats(mean, &filters, &role("mean"))?;
    if let Some(bias) = bias {
        // A bias before normalisation only moves the mean.
        let moved = means.iter().zip(&bias).map(|(m, b)| (f64::from(*m) - f64::from(*b)) as f32);
        means = moved.collect();
    }
    let variance = floats(var, &filters, &role("variance"))?;
    variances(&format!("{} ({})", quoted(&var.name), role("variance")), &variance)?;
    let norm = Norm::Batch {
        gamma: floats(gamma, &filters, &role("scale"))?,
        beta: floats(beta, &filters, &role("shift"))?,
        mean: means,
        var: variance,
    };
    Ok(ConvParams { weight, norm })
}
