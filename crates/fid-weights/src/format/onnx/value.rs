//! The values of an ONNX graph.

use super::node::OnnxWindow;
use super::proto::{NodeProto, TensorProto};

/// The longest text of a flow. The network's stay below 100 characters; those of a hostile graph
/// can double with every node.
const LONGEST: usize = 1000;

/// A convolution of the graph.
#[derive(Debug, Clone)]
pub(super) struct OnnxConv<'a> {
    /// The `Conv` node.
    pub node: &'a NodeProto,
    /// Flow of its input.
    pub input: String,
    /// Its weight.
    pub weight: &'a TensorProto,
    /// Its bias.
    pub bias: Option<&'a TensorProto>,
    /// Its geometry.
    pub window: OnnxWindow,
    /// The normalisation that follows.
    pub norm: Option<BatchNorm<'a>>,
}

/// A batch normalisation of the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchNorm<'a> {
    /// Scale, shift, mean and variance.
    pub parameters: [&'a TensorProto; 4],
}

/// A product of some flow with a constant matrix.
#[derive(Debug, Clone)]
pub(super) struct Product<'a> {
    /// Flow of its input.
    pub input: String,
    /// The matrix.
    pub weight: &'a TensorProto,
    /// Whether the matrix is `[outputs,inputs]`, as PyTorch stores it.
    pub outputs_first: bool,
    /// The bias that is added.
    pub bias: Option<&'a TensorProto>,
}

/// A value of the graph.
#[derive(Debug, Clone)]
pub(super) enum GraphValue<'a> {
    /// A constant, and whether it is transposed.
    Constant(&'a TensorProto, bool),
    /// A computed value. A convolution becomes `#n` at its ReLU. An operation that the network does
    /// not have is `Operation["node"](inputs)`, which fits nowhere and explains itself.
    Flow(String),
    /// A convolution before its ReLU.
    Open(Box<OnnxConv<'a>>),
    /// A product, by its index.
    Product(usize),
}

impl GraphValue<'_> {
    /// The flow, if the value is one.
    pub(super) fn flow(&self) -> Option<&str> {
        match self {
            Self::Flow(flow) => Some(flow),
            _ => None,
        }
    }
}

/// The text, unless it is too long for any layer of the network.
pub(super) fn bounded(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}

/// Texts with commas between them, unless they are too long for any layer of the network.
pub(super) fn join<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> Option<String> {
    let mut joined = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            joined.push(',');
        }
        joined.push_str(part.as_ref());
        if joined.len() > LONGEST {
            return None;
        }
    }
    Some(joined)
}
