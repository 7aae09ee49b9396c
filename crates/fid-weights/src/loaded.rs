//! Weights ready for a device, and their encodings for other programs.

use crate::checkpoint::{Checkpoint, Weights};
use crate::format::{FileProblem, onnx, safetensors};
use crate::identity::WeightsIdentity;
use crate::inception::LayerTable;

/// Weights ready for a device, and their identity.
#[derive(Debug, Clone)]
pub struct LoadedWeights {
    /// The weights, checked and folded.
    pub weights: Weights,
    /// Their name, hash and format.
    pub identity: WeightsIdentity,
}

/// Weights that a format cannot hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A safetensors file needs a classifier, and the weights end at pool3.
    #[error(
        "the weights {name} have no classifier, which a safetensors file needs; \
         export them as ONNX, or start from the published file"
    )]
    NoClassifier {
        /// Name of the weights.
        name: String,
    },
    /// The safetensors writer failed.
    #[error("cannot write the weights {name} as safetensors; export them as ONNX")]
    Safetensors {
        /// Name of the weights.
        name: String,
        /// The writer's error.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LoadedWeights {
    /// Folds a checkpoint.
    ///
    /// # Errors
    /// [`FileProblem::FoldOverflow`] if a folded value is not finite.
    pub(crate) fn fold(
        checkpoint: Checkpoint,
        identity: WeightsIdentity,
    ) -> Result<Self, FileProblem> {
        let weights = checkpoint.fold();
        for (conv, layer) in weights.convs.iter().zip(LayerTable::get().convs()) {
            if !conv.weight.iter().chain(&conv.bias).all(|value| value.is_finite()) {
                return Err(FileProblem::FoldOverflow { layer: layer.name.clone() });
            }
        }
        Ok(Self { weights, identity })
    }

    /// The content of an ONNX file of the whole network with these weights: opset 17, input `x`
    /// `[N,3,299,299]` RGB in about [-1, 1], output `pool3` `[N,2048]` and, if the weights have a
    /// classifier, `logits` `[N,1008]`. Loading it gives the same bits.
    pub fn to_onnx(&self) -> Vec<u8> {
        onnx::write(&self.weights, &self.origin())
    }

    /// The content of a safetensors file of these weights: `LAYER.conv.weight` and
    /// `LAYER.conv.bias` for each layer of [`LayerTable`], `fc.weight` and `fc.bias`. Loading it
    /// gives the same bits.
    ///
    /// # Errors
    /// [`EncodeError`], if the weights have no classifier.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, EncodeError> {
        let name = || self.identity.name.clone();
        let Some(classifier) = &self.weights.classifier else {
            return Err(EncodeError::NoClassifier { name: name() });
        };
        safetensors::write(&self.weights.convs, classifier, self.origin())
            .map_err(|cause| EncodeError::Safetensors { name: name(), cause: cause.into() })
    }

    /// A sentence on where the weights come from, kept in exported files.
    fn origin(&self) -> String {
        format!(
            "Inception-v3 of the FID, batch normalisation folded; written by fid-gpu from {}, SHA-256 {}",
            self.identity.name, self.identity.sha256
        )
    }
}
