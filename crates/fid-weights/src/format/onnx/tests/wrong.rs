//! Graphs that compute something else and differ from the network's in one detail. Each has a twin
//! that is the network's, or was taken for it.

use prost::Message;

use super::super::constant::Constant;
use super::super::proto::{AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto};
use super::super::tensor::{FLOAT, INT32, INT64};
use super::super::{DataFiles, read};
use super::rules::{fits, float, operation};
use super::writer::{Style, graph, model};
use super::{node, read_model};
use crate::tests::sample;

fn with(mut node: NodeProto, attribute: AttributeProto) -> NodeProto {
    node.attribute.push(attribute);
    node
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i: Some(value), ..AttributeProto::default() }
}

fn list(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), ints: values.to_vec(), ..AttributeProto::default() }
}

fn constant(name: &str, value: AttributeProto) -> NodeProto {
    with(operation("Constant", &[], name), value)
}

fn tensor(data_type: i32, raw: &[u8], dims: &[i64]) -> AttributeProto {
    let (dims, raw_data) = (dims.to_vec(), Some(raw.to_vec().into()));
    let t = Some(TensorProto { dims, data_type, raw_data, ..TensorProto::default() });
    AttributeProto { name: "value".into(), t, ..AttributeProto::default() }
}

fn cast(input: &str, to: i32, output: &str) -> NodeProto {
    with(operation("Cast", &[input], output), int("to", to.into()))
}

/// Puts nodes from the value `from` to the value `to` before the `nth` node of a kind.
fn put(graph: &mut GraphProto, op: &str, nth: usize, nodes: impl FnOnce(&str) -> Vec<NodeProto>) {
    let input = std::mem::replace(&mut node(graph, op, nth).input[0], "to".into());
    let at = graph.node.iter().position(|node| node.input.first().is_some_and(|i| i == "to"));
    let at = at.unwrap();
    graph.node.splice(at..at, nodes(&input));
}

/// Whether the network with nodes before its first convolution is read.
fn fits_behind(nodes: Vec<NodeProto>) -> bool {
    fits(|graph| put(graph, "Conv", 0, |_| nodes))
}

/// The image plus a constant.
fn plus(constant: &str) -> NodeProto {
    operation("Add", &["image", constant], "to")
}

#[test]
fn casts_change_no_values() {
    // 0.5 as a boolean is 1, and -0.5 as an integer 0.
    let through = |value: f32, kind: i32| {
        let value = constant("c", float("value_float", value));
        vec![value, cast("c", kind, "whole"), cast("whole", FLOAT, "float"), plus("float")]
    };
    for kind in [INT32, INT64] {
        assert!(fits_behind(through(-0.5, kind)));
        assert!(!fits_behind(through(1.5, kind)));
    }
    for kind in [2, 3, 9] {
        assert!(!fits_behind(through(0.5, kind)), "{kind}");
    }
    let of = |value: i64, kind| vec![constant("c", int("value_int", value)), cast("c", kind, "w")];
    let narrow = |value, kind| [of(value, kind), vec![cast("w", FLOAT, "f"), plus("f")]].concat();
    assert!(fits_behind(narrow(0, INT32)));
    // 0 after 32 bits.
    assert!(!fits_behind(narrow(1 << 32, INT32)));
    assert!(!fits_behind(narrow(0, 2)));
}

#[test]
fn unknown_lengths_do_not_become_numbers() {
    // The number of images: 1 / n, rounded up.
    let count = with(operation("Shape", &["image"], "count"), int("end", 1));
    let steps = [
        cast("count", FLOAT, "float"),
        operation("Reciprocal", &["float"], "share"),
        operation("Ceil", &["share"], "up"),
        plus("up"),
    ];
    assert!(!fits_behind([vec![count], steps.to_vec()].concat()));
}

#[test]
fn constants_of_many_dimensions_are_not_made() {
    let rank = |rank: usize| {
        vec![
            constant("zero", float("value_float", 0.0)),
            constant("wide", list("value_ints", &vec![1; rank])),
            constant("flat", list("value_ints", &[1])),
            operation("Reshape", &["zero", "wide"], "raised"),
            operation("Reshape", &["raised", "flat"], "lowered"),
            plus("lowered"),
        ]
    };
    assert!(fits_behind(rank(8)));
    assert!(!fits_behind(rank(9)));
    let stored = tensor(FLOAT, &[0; 4], &[1; 9]).t.unwrap();
    assert!(Constant::stored(&stored, &DataFiles::new()).is_none());
}

#[test]
fn averages_are_over_height_and_width() {
    let transposed = |perm: [i64; 4]| {
        move |graph: &mut GraphProto| {
            put(graph, "GlobalAveragePool", 0, |input| {
                vec![with(operation("Transpose", &[input], "to"), list("perm", &perm))]
            })
        }
    };
    assert!(fits(transposed([0, 1, 2, 3])));
    assert!(!fits(transposed([0, 2, 3, 1])));
}

/// Takes the padding off the last maximum pool and puts nodes before it.
fn before_pool(pads: i64, nodes: impl FnOnce(&str) -> Vec<NodeProto>) -> bool {
    fits(|graph| {
        let last = graph.node.iter().filter(|node| node.op_type == "MaxPool").count() - 1;
        let pool = node(graph, "MaxPool", last);
        pool.attribute.retain(|attribute| attribute.name != "pads");
        pool.attribute.push(list("pads", &[pads; 4]));
        put(graph, "MaxPool", last, nodes);
    })
}

fn pad(input: &str, pixels: i64, output: &str) -> NodeProto {
    let pads = [0, 0, pixels, pixels, 0, 0, pixels, pixels];
    with(operation("Pad", &[input], output), list("pads", &pads))
}

#[test]
fn frames_are_not_cut_off() {
    assert!(before_pool(0, |input| vec![pad(input, 1, "to")]));
    assert!(!before_pool(2, |input| vec![pad(input, -1, "to")]));
    // The pool's input has 8 pixels, with its frame 10.
    let slice = |input: &str| {
        let slice = with(operation("Slice", &[input], "to"), list("axes", &[2, 3]));
        with(with(slice, list("starts", &[0, 0])), list("ends", &[8, 8]))
    };
    assert!(before_pool(1, |input| vec![slice(input)]));
    assert!(!before_pool(0, |input| vec![pad(input, 1, "framed"), slice("framed")]));
}

#[test]
fn frames_have_a_size() {
    let minus_height = |input: &str, of: &str| {
        vec![
            pad(input, 1, "framed"),
            with(with(operation("Shape", &[of], "size"), int("start", 2)), int("end", 3)),
            cast("size", FLOAT, "float"),
            constant("c", float("value_float", 8.0)),
            operation("Sub", &["float", "c"], "more"),
            operation("Add", &[input, "more"], "to"),
        ]
    };
    assert!(before_pool(1, |input| minus_height(input, input)));
    assert!(!before_pool(1, |input| minus_height(input, "framed")));
}

#[test]
fn a_cast_to_another_type_keeps_floats() {
    let like = |kind: i32, raw: &[u8]| {
        let like = constant("like", tensor(kind, raw, &[]));
        vec![like, operation("CastLike", &["image", "like"], "to")]
    };
    assert!(fits_behind(like(FLOAT, &[0; 4])));
    assert!(!fits_behind(like(INT64, &[0; 8])));
    let of_constant = |kind: i32, raw: &[u8]| {
        let half = constant("half", float("value_float", 0.5));
        let like = constant("like", tensor(kind, raw, &[]));
        let whole = operation("CastLike", &["half", "like"], "whole");
        vec![half, like, whole, cast("whole", FLOAT, "float"), plus("float")]
    };
    assert!(fits_behind(of_constant(INT64, &[0; 8])));
    assert!(!fits_behind(of_constant(9, &[0])));
}

#[test]
fn a_dropout_in_training_mode_is_refused() {
    let dropout = |mode: u8| {
        let ratio = constant("ratio", float("value_float", 0.5));
        let mode = constant("mode", tensor(9, &[mode], &[]));
        vec![ratio, mode, operation("Dropout", &["image", "ratio", "mode"], "to")]
    };
    assert!(fits_behind(dropout(0)));
    assert!(!fits_behind(dropout(1)));
    assert!(fits_behind(vec![operation("Dropout", &["image"], "to")]));
    assert!(!fits_behind(vec![operation("Dropout", &["image", "", "image"], "to")]));
}

#[test]
fn integer_arithmetic_is_no_scaling() {
    let scaled = |value: &dyn Fn(i64) -> AttributeProto| {
        vec![
            constant("white", value(255)),
            constant("two", value(2)),
            constant("one", value(1)),
            operation("Div", &["image", "white"], "a"),
            operation("Mul", &["a", "two"], "b"),
            operation("Sub", &["b", "one"], "to"),
        ]
    };
    assert!(fits_behind(scaled(&|value| float("value_float", value as f32))));
    assert!(!fits_behind(scaled(&|value| int("value_int", value))));
}

#[test]
fn channels_are_not_another_length_than_theirs() {
    let has_classifier = |target: [i64; 2]| {
        let mut graph = graph(sample(), Style::default());
        let flatten = node(&mut graph, "Flatten", 0);
        flatten.op_type = "Reshape".into();
        flatten.attribute = vec![list("shape", &target)];
        read_model(&model(graph)).unwrap().classifier.is_some()
    };
    assert!(has_classifier([1, -1]));
    assert!(!has_classifier([2048, -1]));
}

#[test]
fn integers_cut_short_are_not_zeros() {
    let zero = |bytes: usize| {
        let zero = constant("zero", tensor(INT64, &vec![0; bytes], &[1]));
        vec![zero, cast("zero", FLOAT, "float"), plus("float")]
    };
    assert!(fits_behind(zero(8)));
    assert!(!fits_behind(zero(4)));
}

#[test]
fn functions_do_not_repeat_long_names_and_attributes() {
    let long = "n".repeat(10_000);
    let names = operation("Call", &[&long], "unused");
    let mut text = AttributeProto { name: "text".into(), ..AttributeProto::default() };
    text.s = Some(long.clone().into_bytes().into());
    let numbers = AttributeProto { ints: vec![1; 10_000], ..text.clone() };
    let reference =
        AttributeProto { name: "t".into(), ref_attr_name: "text".into(), ..text.clone() };
    let reference = AttributeProto { s: None, ..reference };
    let short = operation("Call", &["image"], "unused");
    for call in [names, with(short.clone(), text), with(short, numbers)] {
        let mut model = model(graph(sample(), Style { hollow: true, ..Style::default() }));
        model.functions = vec![FunctionProto {
            name: "Call".into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            node: vec![with(operation("Relu", &["x"], "y"), reference.clone()); 1000],
            ..FunctionProto::default()
        }];
        model.graph.as_mut().unwrap().node.insert(0, call);
        let text = read(model.encode_to_vec().into(), &DataFiles::new()).unwrap_err().to_string();
        assert!(text.contains("its functions"), "{text}");
    }
}
