//! What can be wrong with the content of a weights file.

use crate::identity::WeightsFormat;

/// What is wrong with the content of a weights file. Tensors go by the names the file uses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// Not a format that is read.
    #[error(
        "it is neither a PyTorch, a safetensors nor an ONNX file (it starts with {start}); \
         check that the download was complete"
    )]
    Unrecognised {
        /// The first bytes, escaped; `nothing` for an empty file.
        start: String,
    },
    /// The format is known and the file breaks its rules.
    #[error("it is damaged or not really {format}: {cause}; download or export it again")]
    Damaged {
        /// The format the file starts like.
        format: WeightsFormat,
        /// What the parser said.
        cause: String,
    },
    /// Larger than any file of the network.
    #[error(
        "its {what} takes {found} bytes, more than the {limit} that any form of the FID Inception \
         network needs; this is another network's file, or one made to do harm"
    )]
    TooLarge {
        /// Which part of it.
        what: &'static str,
        /// Bytes it takes, or would.
        found: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A pickle that makes objects or calls functions.
    #[error(
        "its pickle asks for the Python object or function {name}, which no state dict needs; none of \
         it was run. Save the plain state dict (`torch.save(model.state_dict(), ...)`), and unless you \
         made the file yourself, do not open it with programs that run pickles"
    )]
    Foreign {
        /// What it asks for.
        name: String,
    },
    /// Names that differ from the published checkpoint's.
    #[error(
        "its tensors are not those of the FID Inception network: {}; \
         save the plain state dict, named as weights/README.md lists",
        names(missing, unexpected)
    )]
    Names {
        /// Every tensor the network needs and the file lacks.
        missing: Vec<String>,
        /// Every entry of the file that the network has no use for.
        unexpected: Vec<String>,
    },
    /// A tensor of the wrong shape.
    #[error(
        "tensor {tensor} has shape {found:?} where the FID Inception network needs {expected:?}; \
         this is the checkpoint of another network"
    )]
    Shape {
        /// The tensor.
        tensor: String,
        /// The shape the network needs.
        expected: Vec<usize>,
        /// The shape the file declares.
        found: Vec<i64>,
    },
    /// A tensor of the wrong element type.
    #[error(
        "tensor {tensor} holds {found} values; only 32-bit floats are read, so save it as such"
    )]
    DType {
        /// The tensor.
        tensor: String,
        /// The file's name for the element type.
        found: String,
    },
    /// A tensor whose data does not fill its shape.
    #[error(
        "tensor {tensor} holds {found} values where its shape needs {expected}; \
         the file is cut short or damaged, download or export it again"
    )]
    Length {
        /// The tensor.
        tensor: String,
        /// Number of values its shape needs.
        expected: usize,
        /// Number of values there are, whole ones.
        found: usize,
    },
    /// NaN or an infinite value.
    #[error("tensor {tensor} holds {value} at index {index}; use a checkpoint of finite values")]
    NotFinite {
        /// The tensor.
        tensor: String,
        /// Index into its values, row major.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A negative running variance.
    #[error(
        "tensor {tensor} holds the negative variance {value} at index {index}; \
         use the checkpoint it was made from, this one is damaged"
    )]
    NegativeVariance {
        /// The tensor.
        tensor: String,
        /// Index into its values.
        index: usize,
        /// The value.
        value: f32,
    },
    /// Finite parameters whose normalised convolution is not.
    #[error(
        "batch normalisation folded into layer {layer} exceeds 32-bit floats; \
         use a checkpoint of trained values"
    )]
    FoldOverflow {
        /// The layer.
        layer: String,
    },
    /// ONNX tensor data kept in another file.
    #[error(
        "tensor {tensor} keeps its data in another file ({location}), which is not read; \
         export the graph with all weights inside, see weights/README.md"
    )]
    ExternalData {
        /// The tensor.
        tensor: String,
        /// The other file, as the graph names it.
        location: String,
    },
    /// An ONNX graph without exactly one image input.
    #[error(
        "its graph has {} inputs ({}) where one image is expected; export the bare network",
        inputs.len(), list(inputs)
    )]
    Inputs {
        /// Names of the inputs that are not weights.
        inputs: Vec<String>,
    },
    /// An ONNX graph that computes something else.
    #[error(
        "its graph is not the FID Inception network: at {layer}, node {node}, expected {expected}, \
         found {found}; export the bare FID network, without preprocessing, see weights/README.md"
    )]
    Layer {
        /// The layer that does not fit.
        layer: String,
        /// The node in its place.
        node: String,
        /// What the network has.
        expected: String,
        /// What the graph has.
        found: String,
    },
}

/// Names shown before a list turns into a count.
const SHOWN: usize = 4;

fn names(missing: &[String], unexpected: &[String]) -> String {
    let lists = [("missing", missing), ("unexpected", unexpected)];
    let lists = lists.iter().filter(|(_, names)| !names.is_empty());
    let lists: Vec<_> = lists.map(|(what, names)| format!("{what} {}", list(names))).collect();
    lists.join("; ")
}

fn list(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A name out of a file, made harmless for a terminal and kept short.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", plain(name, 100))
}

/// Text that may hold parts of a file, made harmless for a terminal and kept short.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).flat_map(char::escape_debug).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

impl FileProblem {
    /// [`FileProblem::Damaged`] with what a parser said, which may repeat any part of the file.
    pub(super) fn damaged(format: WeightsFormat, cause: &dyn std::error::Error) -> Self {
        let cause = plain(&cause.to_string(), 300).trim_end_matches('.').to_owned();
        Self::Damaged { format, cause }
    }
}
