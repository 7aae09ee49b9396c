//! Reading ONNX graphs, from any exporter.
//!
//! Exporters rename nodes and tensors freely, and each writes the same network in another notation.
//! So the reader brings a graph into a normal form. Local functions are inlined ([`inline`]) and the
//! nodes sorted ([`order`]). A [walk](operations) from the image to the outputs does operations on
//! constants ([`fold`]), follows the order of dimensions ([`shapes`]), folds whatever is linear into
//! the convolution before it ([`linear`]) and undoes the scaling of the image ([`scaling`]). What is
//! left are convolutions with ReLU, pools and concatenations, and [`fit`] finds the network's layers
//! among them by what they compute, or names the first that differs.

mod arrange;
mod classifier;
mod constant;
mod dims;
mod elementwise;
mod fit;
mod fold;
mod inline;
mod linear;
mod node;
mod notation;
mod operations;
mod order;
mod proto;
mod refused;
mod scaling;
mod shapes;
mod structure;
mod tensor;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod write;

use std::collections::BTreeSet;

use prost::Message;
use prost::bytes::Bytes;

use self::classifier::classifier;
use self::proto::ModelProto;
pub(crate) use self::tensor::DataFiles;
pub(crate) use self::write::write;
use crate::checkpoint::{Checkpoint, ConvParams, Norm};
use crate::format::problem::FileProblem;
use crate::identity::WeightsFormat;
use crate::inception::LayerTable;

/// Whether `bytes` start with a field of ONNX's `ModelProto`: its version first, as every exporter
/// writes, or one of its strings and messages.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    const FIELDS: [u8; 9] = [0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72];
    bytes.first().is_some_and(|first| FIELDS.contains(first))
}

/// The names of the files that a graph keeps its tensors in, sorted. They are names from a file that
/// is not trusted.
pub(crate) fn data_files(bytes: Bytes) -> Result<BTreeSet<String>, FileProblem> {
    let model = decode(bytes)?;
    let nodes = model.graph.iter().flat_map(|graph| &graph.node);
    let nodes = nodes.chain(model.functions.iter().flat_map(|function| &function.node));
    let attributes = nodes.flat_map(|node| &node.attribute).filter_map(|node| node.t.as_ref());
    let tensors = model.graph.iter().flat_map(|graph| &graph.initializer).chain(attributes);
    Ok(tensors.filter_map(tensor::location).map(String::from).collect())
}

/// Reads a checkpoint out of a whole file and those that its tensors are kept in. Constants are
/// slices of them until they are needed.
pub(crate) fn read(bytes: Bytes, files: &DataFiles) -> Result<Checkpoint, FileProblem> {
    let model = decode(bytes)?;
    let mut graph = model.graph.ok_or_else(|| FileProblem::Damaged {
        format: WeightsFormat::Onnx,
        cause: "it holds no graph".into(),
    })?;
    graph.node = order::sorted(inline::inlined(graph.node, &model.functions)?);
    refused::check(&graph.node)?;
    let mut walk = operations::walk(&graph, files)?;
    let problem = walk.problem.take();
    // An operation on damaged constants fits nowhere, so the damage is the cause.
    let (convs, pooled) = fit::fit(&walk).map_err(|misfit| problem.unwrap_or(misfit))?;
    let layers = LayerTable::get().convs();
    let convs = convs.into_iter().zip(layers).map(|(conv, layer)| {
        let (weight, bias) = conv.fold(&layer.weight_shape(), &layer.name)?;
        Ok(ConvParams { weight, norm: Norm::Folded { bias } })
    });
    Ok(Checkpoint {
        convs: convs.collect::<Result<_, _>>()?,
        classifier: classifier(&walk, pooled)?,
    })
}

fn decode(bytes: Bytes) -> Result<ModelProto, FileProblem> {
    structure::check(&bytes)?;
    ModelProto::decode(bytes).map_err(|error| FileProblem::damaged(WeightsFormat::Onnx, &error))
}
