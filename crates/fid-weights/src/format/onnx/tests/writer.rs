//! Writes ONNX graphs of the network in the styles of different exporters.

use std::collections::HashSet;

use super::super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
};
use super::super::tensor::FLOAT;
use crate::checkpoint::{Checkpoint, Norm};
use crate::floats::le_bytes;
use crate::inception::{Conv, Graph, LayerTable, inception_v3};
use fid_core::Tap;

/// The differences between exporters.
#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// Numbers for names.
    pub anonymous: bool,
    /// Weights in `Constant` nodes.
    pub constants: bool,
    /// Weights as lists of floats.
    pub float_data: bool,
    /// The classifier as `MatMul` and `Add`.
    pub matmul: bool,
    /// Shapes without values.
    pub hollow: bool,
}

struct Writer<'c> {
    style: Style,
    checkpoint: &'c Checkpoint,
    convs: usize,
    graph: GraphProto,
}

/// The graph of a checkpoint.
pub(super) fn graph(checkpoint: &Checkpoint, style: Style) -> GraphProto {
    let mut writer = Writer { style, checkpoint, convs: 0, graph: GraphProto::default() };
    writer.graph.input = vec![ValueInfoProto { name: "image".into(), ..ValueInfoProto::default() }];
    inception_v3(&mut writer, &"image".into());
    writer.classifier();
    let output = writer.graph.node.last().map(|node| node.output[0].clone()).unwrap();
    writer.graph.output = vec![ValueInfoProto { name: output, ..ValueInfoProto::default() }];
    writer.graph
}

/// The file of a graph.
pub(super) fn model(graph: GraphProto) -> ModelProto {
    ModelProto { ir_version: Some(8), graph: Some(graph), ..ModelProto::default() }
}

/// Reorders nodes by another order that respects the data flow: the last possible node comes next.
pub(super) fn shuffle(graph: &mut GraphProto) {
    let mut made: HashSet<String> = graph.initializer.iter().map(|t| t.name.clone()).collect();
    made.insert("image".into());
    let mut left = std::mem::take(&mut graph.node);
    while !left.is_empty() {
        let ready = |node: &NodeProto| node.input.iter().all(|name| made.contains(name));
        let next = left.remove(left.iter().rposition(ready).unwrap());
        made.extend(next.output.iter().cloned());
        graph.node.push(next);
    }
}

pub(super) fn bn_epsilon(value: f32) -> AttributeProto {
    AttributeProto { name: "epsilon".into(), f: Some(value), ..AttributeProto::default() }
}

pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|&value| value as i64).collect();
    AttributeProto { name: name.into(), ints, ..AttributeProto::default() }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i: Some(value), ..AttributeProto::default() }
}

fn pool(stride: usize, padding: usize) -> Vec<AttributeProto> {
    vec![ints("kernel_shape", &[3, 3]), ints("strides", &[stride; 2]), ints("pads", &[padding; 4])]
}

impl Writer<'_> {
    fn node(&mut self, op: &str, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
        let output = format!("v{}", self.graph.node.len());
        self.graph.node.push(NodeProto {
            op_type: op.into(),
            input,
            output: vec![output.clone()],
            attribute,
            ..NodeProto::default()
        });
        output
    }

    fn constant(&mut self, name: String, dims: &[usize], values: &[f32]) -> String {
        let count = self.graph.initializer.len() + self.graph.node.len();
        let name = if self.style.anonymous { format!("c{count}") } else { name };
        let mut tensor = TensorProto {
            dims: dims.iter().map(|&dim| dim as i64).collect(),
            data_type: FLOAT,
            name: name.clone(),
            ..TensorProto::default()
        };
        match self.style {
            Style { hollow: true, .. } => {}
            Style { float_data: true, .. } => tensor.float_data = values.to_vec(),
            _ => tensor.raw_data = Some(le_bytes(values).into_owned().into()),
        }
        if self.style.constants {
            let value = AttributeProto {
                name: "value".into(),
                t: Some(tensor),
                ..AttributeProto::default()
            };
            return self.node("Constant", Vec::new(), vec![value]);
        }
        self.graph.initializer.push(tensor);
        name
    }

    fn classifier(&mut self) {
        let last = self.graph.node.last().map(|node| node.output[0].clone()).unwrap();
        let classifier = self.checkpoint.classifier.clone().unwrap();
        let bias = self.constant("fc.bias".into(), &[1008], &classifier.bias);
        let weight = if self.style.matmul {
            let turned: Vec<f32> =
                (0..2048 * 1008).map(|i| classifier.weight[i % 1008 * 2048 + i / 1008]).collect();
            self.constant("fc.weight".into(), &[2048, 1008], &turned)
        } else {
            self.constant("fc.weight".into(), &[1008, 2048], &classifier.weight)
        };
        let mean = self.node("GlobalAveragePool", vec![last], Vec::new());
        let flat = self.node("Flatten", vec![mean], Vec::new());
        if self.style.matmul {
            let product = self.node("MatMul", vec![flat, weight], Vec::new());
            self.node("Add", vec![bias, product], Vec::new());
        } else {
            self.node("Gemm", vec![flat, weight, bias], vec![int("transB", 1)]);
        }
    }
}

impl Graph for Writer<'_> {
    type Value = String;

    fn conv(&mut self, name: &str, x: &String, conv: Conv) -> String {
        let layer = &LayerTable::get().convs()[self.convs];
        let params = &self.checkpoint.convs[self.convs];
        self.convs += 1;
        let weight = format!("{name}.conv.weight");
        let weight = self.constant(weight, &layer.weight_shape(), &params.weight);
        let mut inputs = vec![x.clone(), weight];
        let filters = [conv.out_channels];
        if let Norm::Folded { bias } = &params.norm {
            inputs.push(self.constant(format!("{name}.conv.bias"), &filters, bias));
        }
        let [height, width] = conv.padding;
        let attributes =
            vec![ints("strides", &[conv.stride; 2]), ints("pads", &[height, width, height, width])];
        let mut y = self.node("Conv", inputs, attributes);
        if let Norm::Batch { gamma, beta, mean, var } = &params.norm {
            let mut inputs = vec![y];
            for (part, values) in [("weight", gamma), ("bias", beta), ("mean", mean), ("var", var)]
            {
                inputs.push(self.constant(format!("{name}.bn.{part}"), &filters, values));
            }
            y = self.node("BatchNormalization", inputs, vec![bn_epsilon(1e-3)]);
        }
        self.node("Relu", vec![y], Vec::new())
    }

    fn max_pool(&mut self, x: &String, stride: usize, padding: usize) -> String {
        self.node("MaxPool", vec![x.clone()], pool(stride, padding))
    }

    fn avg_pool(&mut self, x: &String) -> String {
        self.node("AveragePool", vec![x.clone()], pool(1, 1))
    }

    fn concat(&mut self, parts: Vec<String>) -> String {
        self.node("Concat", parts, vec![int("axis", 1)])
    }

    fn tap(&mut self, _: Tap, _: &String) {}
}
