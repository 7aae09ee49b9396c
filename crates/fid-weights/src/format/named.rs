//! Checkpoints with named tensors: PyTorch and safetensors files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::problem::quoted;
use super::values::{floats, same_shape, variances};
use crate::checkpoint::{Checkpoint, Classifier, ConvParams, Norm};
use crate::format::problem::FileProblem;
use crate::inception::LayerTable;
use fid_core::NUM_CLASSES;

/// An entry of a file: a tensor, or an object of another kind.
pub(crate) trait Entry {
    /// The file's name for the element type; only `F32` is read.
    fn dtype(&self) -> String;
    /// The declared shape.
    fn shape(&self) -> Vec<i64>;
    /// The values, little endian, row major.
    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem>;
}

/// The network, in messages.
const NETWORK: &str = "the FID Inception network";

/// Entries by name.
pub(crate) type Entries<E> = BTreeMap<String, E>;

/// Puts the tensors in the order of the network and checks every one.
///
/// A layer with `{layer}.conv.bias` has its normalisation folded, any other has
/// `{layer}.bn.*`. `{layer}.bn.num_batches_tracked`, a counter, is allowed and not read.
pub(crate) fn checkpoint<E: Entry>(entries: &Entries<E>) -> Result<Checkpoint, FileProblem> {
    check_names(entries)?;
    let layers = LayerTable::get().convs().iter();
    let convs = layers.map(|layer| {
        let take =
            |part: &str, shape: &[usize]| tensor(entries, &format!("{}.{part}", layer.name), shape);
        let filters = [layer.conv.out_channels];
        let weight = take("conv.weight", &layer.weight_shape())?;
        if is_folded(entries, &layer.name) {
            let bias = take("conv.bias", &filters)?;
            return Ok(ConvParams { weight, norm: Norm::Folded { bias } });
        }
        let var = take("bn.running_var", &filters)?;
        variances(&quoted(&format!("{}.bn.running_var", layer.name)), &var)?;
        let norm = Norm::Batch {
            gamma: take("bn.weight", &filters)?,
            beta: take("bn.bias", &filters)?,
            mean: take("bn.running_mean", &filters)?,
            var,
        };
        Ok(ConvParams { weight, norm })
    });
    Ok(Checkpoint {
        convs: convs.collect::<Result<_, _>>()?,
        classifier: Some(Classifier {
            weight: tensor(entries, "fc.weight", &LayerTable::get().fc_shape())?.into(),
            bias: tensor(entries, "fc.bias", &[NUM_CLASSES])?.into(),
        }),
    })
}

fn is_folded<E>(entries: &Entries<E>, layer: &str) -> bool {
    entries.contains_key(&format!("{layer}.conv.bias"))
}

/// Compares names before anything is read, so that the error for a foreign checkpoint lists names
/// instead of the first tensor that differs.
fn check_names<E>(entries: &Entries<E>) -> Result<(), FileProblem> {
    let mut needed = vec!["fc.weight".to_owned(), "fc.bias".to_owned()];
    let mut counters = Vec::new();
    for layer in LayerTable::get().convs() {
        let mut need = |part: &str| needed.push(format!("{}.{part}", layer.name));
        need("conv.weight");
        if is_folded(entries, &layer.name) {
            need("conv.bias");
        } else {
            ["weight", "bias", "running_mean", "running_var"]
                .iter()
                .for_each(|part| need(&format!("bn.{part}")));
            counters.push(format!("{}.bn.num_batches_tracked", layer.name));
        }
    }
    needed.sort_unstable();
    counters.sort_unstable();
    let known =
        |name: &String| needed.binary_search(name).is_ok() || counters.binary_search(name).is_ok();
    let unexpected: Vec<_> = entries.keys().filter(|name| !known(name)).cloned().collect();
    needed.retain(|name| !entries.contains_key(name));
    if needed.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    Err(FileProblem::Names { network: NETWORK, missing: needed, unexpected })
}

fn tensor<E: Entry>(
    entries: &Entries<E>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, FileProblem> {
    let Some(entry) = entries.get(name) else {
        let missing = vec![name.into()];
        return Err(FileProblem::Names { network: NETWORK, missing, unexpected: Vec::new() });
    };
    let name = quoted(name);
    let dtype = entry.dtype();
    if dtype != "F32" {
        return Err(FileProblem::DType { tensor: name, found: dtype });
    }
    same_shape(&name, shape, &entry.shape())?;
    floats(&name, &entry.bytes()?, shape)
}
