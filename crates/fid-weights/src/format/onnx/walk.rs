//! The walk over a graph, from the image to its outputs.

use std::collections::{BTreeMap, HashMap};

use prost::Message;

use super::constant::Constant;
use super::dims::UNKNOWN;
use super::linear::Linear;
use super::proto::{DimensionProto, GraphProto, NodeProto, TensorProto, TypeProto, ValueInfoProto};
use super::scaling::Image;
use super::tensor::DataFiles;
use super::value::{Activation, Axis, Kind, Value, bounded, join};
use crate::format::problem::{FileProblem, plain, quoted};
use crate::inception::INPUT_SIZE;

/// The most values of all results of folded operations; the network has 24 million weights.
const BUDGET: usize = 26_000_000;

/// The longest type of an input that is read, in bytes.
const LONGEST_TYPE: usize = 4096;

/// The values of a graph, as far as the walk has come.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    values: HashMap<&'a str, Value<'a>>,
    /// The files that tensors are kept in.
    pub files: &'a DataFiles,
    /// How many values folded operations may still make.
    pub budget: usize,
    /// The first fault in the values of a constant that an operation needed.
    pub problem: Option<FileProblem>,
    /// Its convolutions, in the order of their ReLUs.
    pub convs: Vec<Linear<'a>>,
    /// Its products with constant matrices, in order, with and without a bias.
    pub products: Vec<Linear<'a>>,
    /// Flows that are averaged over the image, and the nodes that do so, in order.
    pub means: Vec<(String, String)>,
    /// Flows that are outputs, and the outputs' names.
    pub outputs: Vec<(String, String)>,
}

impl<'a> Walk<'a> {
    /// Starts with the constants and the one input of a graph.
    pub(super) fn start(graph: &'a GraphProto, files: &'a DataFiles) -> Result<Self, FileProblem> {
        let stored = |tensor: &'a TensorProto| {
            Some((tensor.name.as_str(), Value::Constant(Constant::stored(tensor, files)?)))
        };
        let constants: BTreeMap<_, _> = graph.initializer.iter().filter_map(stored).collect();
        // Old files list their constants among the inputs.
        let inputs = graph.input.iter();
        let inputs: Vec<_> =
            inputs.filter(|input| !constants.contains_key(input.name.as_str())).collect();
        let &[image] = inputs.as_slice() else {
            let inputs = inputs.iter().map(|input| input.name.clone()).collect();
            return Err(FileProblem::Inputs { inputs });
        };
        let mut walk = Self {
            values: constants.into_iter().collect(),
            files,
            budget: BUDGET,
            problem: None,
            convs: Vec::new(),
            products: Vec::new(),
            means: Vec::new(),
            outputs: Vec::new(),
        };
        walk.values.insert(&image.name, Value::Activation(input(image)));
        Ok(walk)
    }

    /// Names the result of a node; `None` stands for an operation that the network does not have.
    pub(super) fn define(&mut self, node: &'a NodeProto, value: Option<Value<'a>>) {
        let value = value.unwrap_or_else(|| {
            let axes = (0..node.input.len()).find_map(|index| self.activation(node, index));
            let flow = Activation::flow(&self.describe(node), UNKNOWN, [UNKNOWN; 2]);
            let axes = axes.map_or_else(|| flow.axes.clone(), |input| input.axes.clone());
            Value::Activation(Activation { axes, ..flow })
        });
        // Of several outputs the first is the result; the others stay undefined.
        self.define_output(node, 0, value);
    }

    /// Names one of the results of a node.
    pub(super) fn define_output(&mut self, node: &'a NodeProto, index: usize, value: Value<'a>) {
        if let Some(output) = node.output.get(index) {
            self.values.insert(output, value);
        }
    }

    /// Notes which flows are outputs of the graph.
    pub(super) fn finish(&mut self, graph: &GraphProto) {
        for output in &graph.output {
            let node = format!("output {}", quoted(&output.name));
            if let Some(Value::Activation(value)) = self.values.get(output.name.as_str()) {
                self.outputs.extend(value.text().map(|flow| (flow.to_string(), node)));
            }
        }
    }

    /// The value of a node's input.
    pub(super) fn input(&self, node: &NodeProto, index: usize) -> Option<&Value<'a>> {
        node.input.get(index).and_then(|name| self.values.get(name.as_str()))
    }

    /// Whether a node leaves out an input.
    pub(super) fn is_left_out(&self, node: &NodeProto, index: usize) -> bool {
        node.input.get(index).is_none_or(String::is_empty)
    }

    /// A node's input that depends on the image.
    pub(super) fn activation(&self, node: &NodeProto, index: usize) -> Option<&Activation<'a>> {
        match self.input(node, index)? {
            Value::Activation(activation) => Some(activation),
            Value::Constant(_) => None,
        }
    }

    /// The constant at a node's input, if the input is one.
    pub(super) fn constant(&self, node: &NodeProto, index: usize) -> Option<Constant<'a>> {
        match self.input(node, index)? {
            Value::Constant(constant) => Some(constant.clone()),
            Value::Activation(_) => None,
        }
    }

    /// A list of integers, which old operations have as an attribute and new ones as an input.
    pub(super) fn list(&self, node: &NodeProto, attribute: &str, index: usize) -> Option<Vec<i64>> {
        match node.ints(attribute) {
            Some(values) => Some(values.to_vec()),
            None => self.constant(node, index)?.ints(),
        }
    }

    /// A number, which old operations have as an attribute and new ones as an input; `Some(None)` if
    /// it is left out.
    pub(super) fn number(
        &mut self,
        node: &NodeProto,
        attribute: &str,
        index: usize,
    ) -> Option<Option<f32>> {
        if let Some(value) = node.optional_float(attribute) {
            return Some(Some(value));
        }
        if self.is_left_out(node, index) {
            return Some(None);
        }
        let constant = self.constant(node, index)?;
        match self.numbers(&constant)?[..] {
            [value] => Some(Some(value as f32)),
            _ => None,
        }
    }

    /// An operation that the network does not have: its name, the node and the flows into it. If a
    /// flow into it is such an operation already, that is the one to name.
    fn describe(&self, node: &NodeProto) -> String {
        let inputs = (0..node.input.len()).filter_map(|index| self.activation(node, index)?.text());
        if let Some(first) = inputs.into_iter().find(|text| text.contains('"')) {
            return first.to_string();
        }
        let inputs = node.input.iter().map(|name| match self.values.get(name.as_str()) {
            Some(Value::Constant(_)) => None,
            Some(Value::Activation(value)) => Some(match (&value.kind, value.text()) {
                (_, Some(text)) => text.to_string(),
                (Kind::Open(linear), _) => {
                    let kind = if linear.window.is_some() { "Conv" } else { "product" };
                    format!("{kind}[{}] without ReLU", linear.node)
                }
                _ => "padded".into(),
            }),
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

/// The image as a graph declares it: channels first or last, with or without a dimension of
/// images. Of lengths that it leaves open, the network's are assumed.
fn input(declared: &ValueInfoProto) -> Activation<'static> {
    use Axis::{Channels, Height, Images, Width};
    let known = |dim: &DimensionProto| dim.dim_value.filter(|&length| length > 0);
    let bytes = declared.r#type.clone().filter(|bytes| bytes.len() <= LONGEST_TYPE);
    let shape = bytes.and_then(|bytes| TypeProto::decode(bytes).ok()?.tensor_type?.shape);
    let dims: Vec<_> = shape.iter().flat_map(|shape| &shape.dim).map(known).collect();
    let axes = match dims[..] {
        [_, Some(3), _, _] => vec![Images, Channels, Height, Width],
        [_, _, _, Some(3)] => vec![Images, Height, Width, Channels],
        [Some(3), _, _] => vec![Channels, Height, Width],
        [_, _, Some(3)] => vec![Height, Width, Channels],
        _ => vec![Images, Channels, Height, Width],
    };
    let size = [Height, Width].map(|axis| {
        let at = axes.iter().position(|&own| own == axis);
        at.and_then(|at| *dims.get(at)?).unwrap_or(INPUT_SIZE as i64)
    });
    Activation { kind: Kind::Image(Image::new()), axes, ..Activation::flow("x", 3, size) }
}
