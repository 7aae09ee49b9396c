//! Problems with the content of a weights file.

use crate::identity::WeightsFormat;

/// A problem with the content of a weights file. Tensors have the names of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The format is unknown.
    #[error(
        "it is neither a PyTorch, a safetensors nor an ONNX file (it starts with {start}); \
         check that the download was complete"
    )]
    Unrecognised {
        /// The first bytes, escaped; `nothing` for an empty file.
        start: String,
    },
    /// The file breaks the rules of its format.
    #[error("it is damaged or not really {format}: {cause}; download or export it again")]
    Damaged {
        /// The format that the file starts like.
        format: WeightsFormat,
        /// The parser's message, made safe for a terminal and shortened.
        cause: String,
    },
    /// A part of the file is larger than in any file of the network.
    #[error(
        "its {what} takes {found} bytes, more than the {limit} that any form of the network \
         needs; this is another network's file, or one made to do harm"
    )]
    TooLarge {
        /// The part.
        what: &'static str,
        /// Its size in bytes, as found or declared.
        found: u64,
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// The pickle makes objects or calls functions.
    #[error(
        "its pickle asks for the Python object or function {name}, which no state dict needs; none of \
         it was run. Save the plain state dict (`torch.save(model.state_dict(), ...)`), and unless you \
         made the file yourself, do not open it with programs that run pickles"
    )]
    Foreign {
        /// The Python name.
        name: String,
    },
    /// Names of tensors differ from the published checkpoint's.
    #[error(
        "its tensors are not those of {network}: {}; \
         save the plain state dict, named as weights/README.md lists",
        names(missing, unexpected)
    )]
    Names {
        /// The network.
        network: &'static str,
        /// All tensors that the file lacks.
        missing: Vec<String>,
        /// All entries that the network does not have.
        unexpected: Vec<String>,
    },
    /// A tensor has the wrong shape.
    #[error(
        "tensor {tensor} has shape {found:?} where the network needs {expected:?}; \
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
    /// A tensor has the wrong element type.
    #[error(
        "tensor {tensor} holds {found} values; only 32-bit floats are read, so save it as such"
    )]
    DType {
        /// The tensor.
        tensor: String,
        /// The file's name for the element type.
        found: String,
    },
    /// The data of a tensor does not fill its shape.
    #[error(
        "tensor {tensor} holds {found} values where its shape needs {expected}; \
         the file is cut short or damaged, download or export it again"
    )]
    Length {
        /// The tensor.
        tensor: String,
        /// Number of values its shape needs.
        expected: usize,
        /// Number of whole values found.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("tensor {tensor} holds {value} at index {index}; use a checkpoint of finite values")]
    NotFinite {
        /// The tensor.
        tensor: String,
        /// Index into its values, row major.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A running variance is negative.
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
    /// Folding finite parameters gives values that are not finite.
    #[error(
        "a normalisation or LayerScale folded into layer {layer} exceeds 32-bit floats; \
         use a checkpoint of trained values"
    )]
    FoldOverflow {
        /// The layer.
        layer: String,
    },
    /// The file is another network's.
    #[error("it holds {found}, not {network}; give the file of {network}, or ask for {found}")]
    OtherNetwork {
        /// The network that was asked for.
        network: &'static str,
        /// The network that the file holds.
        found: &'static str,
    },
    /// The file is of a DINOv2 with register tokens.
    #[error(
        "it holds register tokens ({tensor}): {network} is the network without them, which published \
         values use; get the file without `reg` in its name"
    )]
    Registers {
        /// The network that was asked for.
        network: &'static str,
        /// The tensor.
        tensor: String,
    },
    /// The file is a TorchScript program, as OpenAI publishes CLIP.
    #[error(
        "it is a TorchScript program, and none of it is run; get a file that holds weights alone, such \
         as model.safetensors of Hugging Face"
    )]
    TorchScript,
    /// An ONNX graph was given for a vision transformer.
    #[error(
        "it is an ONNX graph; {network} is read from a safetensors or PyTorch file. As an encoder of \
         your own, with any preset, give the graph itself as the encoder"
    )]
    Graph {
        /// The network that was asked for.
        network: &'static str,
    },
    /// An ONNX tensor keeps its data in another file, and only the graph's bytes were given.
    #[error(
        "tensor {tensor} keeps its data in another file ({location}), which is not there; \
         load the graph from the folder that holds both, or export it with all weights inside"
    )]
    ExternalData {
        /// The tensor.
        tensor: String,
        /// The other file, as the graph names it.
        location: String,
    },
    /// An ONNX graph keeps its data outside its folder.
    #[error(
        "it keeps weights in {location}, which is outside its folder and is not read; put both files \
         into one folder, as copies and not as links, or export the graph with all weights inside"
    )]
    ExternalPath {
        /// The other file, as the graph names it.
        location: String,
    },
    /// An ONNX graph has operations that stand for other weights.
    #[error("its graph contains {operation}: {reason}")]
    Operation {
        /// The operation and its node.
        operation: String,
        /// The reason why it is not read, with the way out.
        reason: &'static str,
    },
    /// An ONNX graph changes the image in a way that is not known.
    #[error(
        "its graph changes the image before the first convolution: {found}; only a scaling to about \
         -1 to 1 is undone, so export the network without it. Presets resize and scale images"
    )]
    Preprocessing {
        /// What the graph does.
        found: String,
    },
    /// An ONNX graph does not have exactly one input.
    #[error(
        "its graph has {} inputs ({}) where one image is expected; export the bare network",
        inputs.len(), list(inputs)
    )]
    Inputs {
        /// Names of the inputs that are not weights.
        inputs: Vec<String>,
    },
    /// An ONNX graph computes something else.
    #[error(
        "its graph is not the FID Inception network: at {layer}, node {node}, expected {expected}, \
         found {found}; export the bare FID network, without preprocessing, see weights/README.md"
    )]
    Layer {
        /// The layer that does not fit.
        layer: String,
        /// The node in its place.
        node: String,
        /// The network's operation.
        expected: String,
        /// The graph's operation.
        found: String,
    },
}

/// The most names that a list shows; the rest is counted.
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

/// A name from a file, made safe for a terminal and shortened.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", plain(name, 100))
}

/// Text from a file, made safe for a terminal and shortened.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).flat_map(char::escape_debug).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

impl FileProblem {
    /// [`FileProblem::ExternalPath`] with a name from the graph.
    pub(crate) fn outside(location: &str) -> Self {
        Self::ExternalPath { location: quoted(location) }
    }

    /// [`FileProblem::Damaged`] with a parser's message, which may repeat any part of the file.
    pub(super) fn damaged(format: WeightsFormat, cause: &dyn std::error::Error) -> Self {
        let cause = plain(&cause.to_string(), 300).trim_end_matches('.').to_owned();
        Self::Damaged { format, cause }
    }
}
