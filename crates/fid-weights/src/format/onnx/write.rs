//! Writing weights as an ONNX graph of the whole network, for other programs to run.

use prost::Message;
use prost::bytes::Bytes;

use super::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use super::tensor::FLOAT;
use crate::checkpoint::{FoldedConv, Weights};
use crate::floats::le_bytes;
use crate::inception::{Conv, ConvLayer, Graph, INPUT_SIZE, LayerTable, inception_v3};
use fid_core::{FEATURE_DIM, NUM_CLASSES, Tap};

/// Version of the operations, and the version of the format that came with it; every program in use
/// reads them.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;
/// `AttributeProto.AttributeType.INT` and `.INTS`.
const INT: i32 = 2;
const INTS: i32 = 7;

/// The file of the network with these weights: `x` `[N,3,299,299]` to `pool3` `[N,2048]` and, with
/// a classifier, `logits` `[N,1008]`. `origin` goes into its description.
pub(crate) fn write(weights: &Weights, origin: &str) -> Vec<u8> {
    let layers = weights.convs.iter().zip(LayerTable::get().convs());
    let mut writer =
        Writer { layers: layers.collect::<Vec<_>>().into_iter(), graph: GraphProto::default() };
    writer.graph.name = Some("fid_inception_v3".into());
    let side = Some(INPUT_SIZE);
    writer.graph.input = vec![value("x", &[None, Some(3), side, side])];
    inception_v3(&mut writer, &"x".into());
    if let Some(classifier) = &weights.classifier {
        let weight =
            writer.constant("fc.weight".into(), &LayerTable::get().fc_shape(), &classifier.weight);
        let bias = writer.constant("fc.bias".into(), &[NUM_CLASSES], &classifier.bias);
        let inputs = vec!["pool3".into(), weight, bias];
        writer.node("Gemm", "logits", inputs, vec![int("transB", 1)]);
        writer.graph.output.push(value("logits", &[None, Some(NUM_CLASSES)]));
    }
    let model = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("fid-gpu".into()),
        doc_string: Some(origin.into()),
        graph: Some(writer.graph),
        opset_import: vec![OperatorSetIdProto { version: Some(OPSET) }],
        functions: Vec::new(),
    };
    model.encode_to_vec()
}

/// The graph so far. Values have the names of their nodes.
struct Writer<'w> {
    layers: std::vec::IntoIter<(&'w FoldedConv, &'static ConvLayer)>,
    graph: GraphProto,
}

impl Writer<'_> {
    fn node(
        &mut self,
        op: &str,
        name: &str,
        input: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.graph.node.push(NodeProto {
            op_type: op.into(),
            name: name.into(),
            input,
            output: vec![name.into()],
            attribute,
            ..NodeProto::default()
        });
        name.into()
    }

    /// A node that is not a layer, named by its number.
    fn unnamed(&mut self, op: &str, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
        let name = format!("{op}_{}", self.graph.node.len());
        self.node(op, &name, input, attribute)
    }

    fn constant(&mut self, name: String, shape: &[usize], values: &[f32]) -> String {
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().map(|&length| length as i64).collect(),
            data_type: FLOAT,
            name: name.clone(),
            raw_data: Some(Bytes::from(le_bytes(values).into_owned())),
            ..TensorProto::default()
        });
        name
    }
}

impl Graph for Writer<'_> {
    type Value = String;

    fn conv(&mut self, name: &str, x: &String, conv: Conv) -> String {
        let mut inputs = vec![x.clone()];
        // As many as layers, which come in the same order.
        if let Some((values, layer)) = self.layers.next() {
            let weight = format!("{name}.conv.weight");
            inputs.push(self.constant(weight, &layer.weight_shape(), &values.weight));
            let bias = format!("{name}.conv.bias");
            inputs.push(self.constant(bias, &[conv.out_channels], &values.bias));
        }
        let [height, width] = conv.padding;
        let window = window(conv.kernel, conv.stride, [height, width, height, width]);
        let sum = self.node("Conv", &format!("{name}/conv"), inputs, window);
        self.node("Relu", name, vec![sum], Vec::new())
    }

    fn max_pool(&mut self, x: &String, stride: usize, padding: usize) -> String {
        self.unnamed("MaxPool", vec![x.clone()], window([3, 3], stride, [padding; 4]))
    }

    fn avg_pool(&mut self, x: &String) -> String {
        let mut attributes = window([3, 3], 1, [1; 4]);
        attributes.push(int("count_include_pad", 0));
        self.unnamed("AveragePool", vec![x.clone()], attributes)
    }

    fn concat(&mut self, parts: Vec<String>) -> String {
        self.unnamed("Concat", parts, vec![int("axis", 1)])
    }

    fn tap(&mut self, tap: Tap, x: &String) {
        if tap == Tap::Pool3 {
            let mean = self.unnamed("GlobalAveragePool", vec![x.clone()], Vec::new());
            self.node("Flatten", "pool3", vec![mean], vec![int("axis", 1)]);
            self.graph.output.push(value("pool3", &[None, Some(FEATURE_DIM)]));
        }
    }
}

fn window(kernel: [usize; 2], stride: usize, pads: [usize; 4]) -> Vec<AttributeProto> {
    vec![ints("kernel_shape", &kernel), ints("strides", &[stride; 2]), ints("pads", &pads)]
}

fn int(name: &str, value: i64) -> AttributeProto {
    let (i, r#type) = (Some(value), Some(INT));
    AttributeProto { name: name.into(), i, r#type, ..AttributeProto::default() }
}

fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|&value| value as i64).collect();
    AttributeProto { name: name.into(), ints, r#type: Some(INTS), ..AttributeProto::default() }
}

/// An input or output; a length that is `None` is the number of images.
fn value(name: &str, shape: &[Option<usize>]) -> ValueInfoProto {
    let dim = |length: &Option<usize>| DimensionProto {
        dim_value: length.map(|length| length as i64),
        dim_param: length.is_none().then(|| "N".into()),
    };
    let shape = TensorShapeProto { dim: shape.iter().map(dim).collect() };
    let tensor = TensorTypeProto { elem_type: FLOAT, shape: Some(shape) };
    let r#type = TypeProto { tensor_type: Some(tensor) }.encode_to_vec();
    ValueInfoProto { name: name.into(), r#type: Some(r#type.into()) }
}
