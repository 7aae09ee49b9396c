//! Writing weights for other programs, with batch normalisation folded as it is used here.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView, serialize};

use super::{LoadedWeights, onnx};
use crate::LayerTable;
use fid_core::NUM_CLASSES;

/// Why weights cannot be written in some format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The names of safetensors files ask for a classifier.
    #[error(
        "the weights {name} have no classifier, which a safetensors file needs; \
         export them as ONNX, or start from the published file"
    )]
    NoClassifier {
        /// The weights.
        name: String,
    },
    /// The format cannot hold them.
    #[error("cannot write the weights {name} as safetensors: {cause}; export them as ONNX")]
    Safetensors {
        /// The weights.
        name: String,
        /// What the writer said.
        cause: String,
    },
}

impl LoadedWeights {
    /// The content of an ONNX file of the whole network with these weights: opset 17, input `x`
    /// `[N,3,299,299]` RGB in about [-1, 1], outputs `pool3` `[N,2048]` and, where there is a
    /// classifier, `logits` `[N,1008]`. Loaded again it gives the same bits.
    pub fn to_onnx(&self) -> Vec<u8> {
        onnx::write(&self.weights, &self.origin())
    }

    /// The content of a safetensors file of these weights, by the names that `weights/README.md`
    /// lists. Loaded again it gives the same bits.
    ///
    /// # Errors
    /// [`ExportError`], where there is no classifier.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ExportError> {
        let name = || self.identity.name.clone();
        let Some(classifier) = &self.weights.classifier else {
            return Err(ExportError::NoClassifier { name: name() });
        };
        let mut tensors = Vec::new();
        for (conv, layer) in self.weights.convs.iter().zip(LayerTable::get().convs()) {
            let weight = (format!("{}.conv.weight", layer.name), layer.weight_shape().to_vec());
            let bias = (format!("{}.conv.bias", layer.name), vec![layer.conv.out_channels]);
            tensors.push((weight, le_bytes(&conv.weight)));
            tensors.push((bias, le_bytes(&conv.bias)));
        }
        let shape = LayerTable::get().fc_shape().to_vec();
        tensors.push((("fc.weight".into(), shape), le_bytes(&classifier.weight)));
        tensors.push((("fc.bias".into(), vec![NUM_CLASSES]), le_bytes(&classifier.bias)));

        let views = tensors.iter().map(|((name, shape), bytes)| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
        });
        let views: Result<Vec<_>, _> = views.collect();
        let metadata = HashMap::from([("origin".into(), self.origin())]);
        views
            .and_then(|views| serialize(views, Some(metadata)))
            .map_err(|cause| ExportError::Safetensors { name: name(), cause: cause.to_string() })
    }

    /// Where the weights are from, to be kept in an exported file.
    fn origin(&self) -> String {
        format!(
            "Inception-v3 of the FID, batch normalisation folded; written by fid-gpu from {}, SHA-256 {}",
            self.identity.name, self.identity.sha256
        )
    }
}

/// Values as bytes, little endian.
pub(super) fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
