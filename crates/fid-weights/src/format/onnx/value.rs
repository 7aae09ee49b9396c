//! What the values of an ONNX graph can be.

use super::node::OnnxWindow;
use super::proto::{NodeProto, TensorProto};

/// Longest text of a flow. The network's own stay below 100 characters; texts of hostile graphs
/// double with every node.
const LONGEST: usize = 1000;

/// A convolution as the graph has it.
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

/// A batch normalisation as the graph has it.
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
    /// What is added.
    pub bias: Option<&'a TensorProto>,
}

/// What a value of the graph is.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// A constant, and whether it is to be read transposed.
    Constant(&'a TensorProto, bool),
    /// Something computed. Convolutions count as `#n` once their ReLU is reached. What the network
    /// has no word for is `Operation["node"](inputs)`, which fits nowhere and explains itself.
    Flow(String),
    /// A convolution whose ReLU is yet to come.
    Open(Box<OnnxConv<'a>>),
    /// The product of this number.
    Product(usize),
}

impl Value<'_> {
    /// The flow, where it is one.
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
