//! Name, hash and format of weights.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::checkpoint::{Checkpoint, Norm};
use crate::floats::le_bytes;

/// Identifies weights, in reports and in files that must not mix two sets of weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightsIdentity {
    /// A name for people: the file's name without folders, or `seeded:SEED`.
    pub name: String,
    /// SHA-256 in lower-case hexadecimal: of the whole file, followed by those that an ONNX graph
    /// keeps weights in, in the order of their names; or for seeded weights of all values
    /// as little-endian `f32`, layer by layer (weight, then γ, β, mean, variance or the bias),
    /// then the classifier's weight and bias.
    pub sha256: String,
    /// The format of their file.
    pub format: WeightsFormat,
}

/// The format of a weights file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightsFormat {
    /// A file written by `torch.save`.
    Pytorch,
    /// A safetensors file.
    Safetensors,
    /// An ONNX graph.
    Onnx,
    /// No file: drawn from a seed.
    Seeded,
}

impl fmt::Display for WeightsFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pytorch => "PyTorch",
            Self::Safetensors => "safetensors",
            Self::Onnx => "ONNX",
            Self::Seeded => "seeded",
        })
    }
}

/// SHA-256 of weights that are in no file.
pub(super) fn hash(checkpoint: &Checkpoint) -> String {
    let mut hash = Sha256::new();
    let mut add = |values: &[f32]| {
        hash.update(le_bytes(values));
    };
    for conv in &checkpoint.convs {
        add(&conv.weight);
        match &conv.norm {
            Norm::Folded { bias } => add(bias),
            Norm::Batch { gamma, beta, mean, var } => {
                [gamma, beta, mean, var].into_iter().for_each(|values| add(values));
            }
        }
    }
    if let Some(classifier) = &checkpoint.classifier {
        add(&classifier.weight);
        add(&classifier.bias);
    }
    hex(hash.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
