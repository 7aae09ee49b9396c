//! The values of an ONNX graph, in the notation of [`crate::LayerTable`].

use std::collections::{BTreeMap, HashMap};

use super::proto::{GraphProto, NodeProto, TensorProto};
use super::value::{GraphValue, OnnxConv, Product, bounded, join};
use crate::format::problem::{FileProblem, plain, quoted};

/// The values of a graph, as far as the walk has come.
#[derive(Debug, Default)]
pub(super) struct Walk<'a> {
    values: HashMap<&'a str, GraphValue<'a>>,
    /// Its convolutions, in the order of their ReLUs.
    pub convs: Vec<OnnxConv<'a>>,
    /// Its products with constant matrices, in order.
    pub products: Vec<Product<'a>>,
    /// Flows that are averaged over the image, and the nodes that do so, in order.
    pub means: Vec<(String, String)>,
    /// Flows that are outputs, and the outputs' names.
    pub outputs: Vec<(String, String)>,
}

impl<'a> Walk<'a> {
    /// Starts with the constants and the one input of a graph.
    pub(super) fn start(graph: &'a GraphProto) -> Result<Self, FileProblem> {
        let mut walk = Self::default();
        let constants: BTreeMap<_, _> =
            graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        // Old files list their constants among the inputs.
        let inputs = graph.input.iter().map(|input| input.name.as_str());
        let inputs: Vec<_> = inputs.filter(|name| !constants.contains_key(name)).collect();
        let &[image] = inputs.as_slice() else {
            let inputs = inputs.iter().map(|&name| name.into()).collect();
            return Err(FileProblem::Inputs { inputs });
        };
        walk.values.insert(image, GraphValue::Flow("x".into()));
        let constants = constants.into_iter();
        walk.values
            .extend(constants.map(|(name, tensor)| (name, GraphValue::Constant(tensor, false))));
        Ok(walk)
    }

    /// Names the result of a node; `None` stands for an operation that the network does not have.
    pub(super) fn define(&mut self, node: &'a NodeProto, value: Option<GraphValue<'a>>) {
        let value = value.unwrap_or_else(|| GraphValue::Flow(self.describe(node)));
        // Of several outputs the first is the result; the others stay undefined.
        if let Some(output) = node.output.first() {
            self.values.insert(output, value);
        }
    }

    /// Notes which flows are outputs of the graph.
    pub(super) fn finish(&mut self, graph: &GraphProto) {
        for output in &graph.output {
            let node = format!("output {}", quoted(&output.name));
            if let Some(flow) = self.values.get(output.name.as_str()).and_then(GraphValue::flow) {
                self.outputs.push((flow.into(), node));
            }
        }
    }

    /// The value of a node's input.
    pub(super) fn input(&self, node: &NodeProto, index: usize) -> Option<&GraphValue<'a>> {
        node.input.get(index).and_then(|name| self.values.get(name.as_str()))
    }

    /// The flow at a node's input, if the input is one.
    pub(super) fn flow(&self, node: &NodeProto, index: usize) -> Option<&str> {
        self.input(node, index).and_then(GraphValue::flow)
    }

    /// The constant at a node's input, if the input is one.
    pub(super) fn constant(&self, node: &NodeProto, index: usize) -> Option<&'a TensorProto> {
        match self.input(node, index)? {
            GraphValue::Constant(tensor, false) => Some(tensor),
            _ => None,
        }
    }

    /// An operation that the network does not have: its name, the node and the flows into it.
    fn describe(&self, node: &NodeProto) -> String {
        let inputs = node.input.iter().map(|name| match self.values.get(name.as_str()) {
            Some(GraphValue::Constant(..)) => None,
            Some(GraphValue::Flow(flow)) => Some(flow.clone()),
            Some(GraphValue::Open(conv)) => {
                Some(format!("Conv[{}] without ReLU", conv.node.label()))
            }
            Some(GraphValue::Product(_)) => Some("product".into()),
            None if name.is_empty() => None,
            None => Some(format!("undefined {}", quoted(name))),
        });
        let what =
            format!("{}[{}{}]", plain(&node.operation(), 100), node.label(), node.settings());
        // Counted while joining: a node may have any number of inputs.
        let joined = join(inputs.flatten());
        bounded(format!("{what}({})", joined.unwrap_or_else(|| "…".into())))
            .unwrap_or_else(|| format!("{what}(…)"))
    }
}
