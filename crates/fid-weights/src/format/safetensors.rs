//! Reading and writing safetensors files.

use std::borrow::Cow;
use std::collections::HashMap;

use fid_core::NUM_CLASSES;
use safetensors::tensor::{Dtype, TensorView, serialize};
use safetensors::{SafeTensorError, SafeTensors};

use super::named::{self, Entries, Entry};
use super::problem::FileProblem;
use crate::checkpoint::{Checkpoint, Classifier, FoldedConv};
use crate::floats::le_bytes;
use crate::identity::WeightsFormat;
use crate::inception::LayerTable;

/// Largest header the format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// Largest header that is read: the network's takes some 60 kB, and one that fills the format's
/// limit becomes gigabytes when it is parsed.
const LONGEST_READ: u64 = 1 << 20;

/// Whether `bytes` start like a safetensors file: the header's length (`u64`, little endian) and
/// its first byte, which is always `{`.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    header_length(bytes).is_some_and(|length| length <= MAX_HEADER) && bytes.get(8) == Some(&b'{')
}

fn header_length(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Reads a checkpoint from the content of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Checkpoint, FileProblem> {
    named::checkpoint(&entries(bytes)?)
}

/// The tensors of a file by name.
pub(super) fn entries(bytes: &[u8]) -> Result<Entries<TensorView<'_>>, FileProblem> {
    if let Some(found) = header_length(bytes).filter(|&length| length > LONGEST_READ) {
        return Err(FileProblem::TooLarge { what: "header", found, limit: LONGEST_READ });
    }
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| FileProblem::damaged(WeightsFormat::Safetensors, &error))?;
    Ok(file.tensors().into_iter().collect())
}

/// The content of a file of folded weights; `origin` goes into its metadata.
pub(crate) fn write<'a>(
    convs: &'a [FoldedConv],
    classifier: &'a Classifier,
    origin: String,
) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize], values: &'a [f32]| {
        tensors.push((name, shape.to_vec(), le_bytes(values)));
    };
    for (conv, layer) in convs.iter().zip(LayerTable::get().convs()) {
        add(format!("{}.conv.weight", layer.name), &layer.weight_shape(), &conv.weight);
        add(format!("{}.conv.bias", layer.name), &[layer.conv.out_channels], &conv.bias);
    }
    add("fc.weight".into(), &LayerTable::get().fc_shape(), &classifier.weight);
    add("fc.bias".into(), &[NUM_CLASSES], &classifier.bias);
    let views = tensors.iter().map(|(name, shape, bytes)| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
    });
    let views: Vec<_> = views.collect::<Result<_, _>>()?;
    serialize(views, Some(HashMap::from([("origin".into(), origin)])))
}

impl Entry for TensorView<'_> {
    fn dtype(&self) -> String {
        format!("{:?}", TensorView::dtype(self))
    }

    fn shape(&self) -> Vec<i64> {
        // A length past i64 fits no layer, whatever it is shown as.
        let length = |&length: &usize| i64::try_from(length).unwrap_or(i64::MAX);
        TensorView::shape(self).iter().map(length).collect()
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem> {
        Ok(Cow::Borrowed(self.data()))
    }
}
