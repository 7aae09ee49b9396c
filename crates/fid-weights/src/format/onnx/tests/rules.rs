//! Single rules of the normal form, on graphs without values: one that fits is refused only for
//! lacking them.

use prost::Message;
use prost::encoding::encode_varint;

use super::super::constant::{Constant, Elements};
use super::super::proto::{AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto};
use super::super::scaling::Image;
use super::super::{DataFiles, read};
use super::writer::{Style, graph, ints, model};
use super::{misfit, node, problem, set_int};
use crate::format::problem::FileProblem;
use crate::tests::sample;

pub(super) fn fits(change: impl FnOnce(&mut GraphProto)) -> bool {
    matches!(problem(change), FileProblem::Length { found: 0, .. })
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f: Some(value), ..AttributeProto::default() }
}

pub(super) fn operation(op_type: &str, input: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op_type.into(),
        input: input.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

/// Puts a frame of one pixel before the last maximum pool, in place of its padding.
fn frame(graph: &mut GraphProto, value: f32) {
    let at = graph.node.iter().rposition(|node| node.op_type == "MaxPool").unwrap();
    let pool = &mut graph.node[at];
    pool.attribute.retain(|attribute| attribute.name != "pads");
    let input = std::mem::replace(&mut pool.input[0], "framed".into());
    let mut pad = operation("Pad", &[&input], "framed");
    pad.attribute = vec![ints("pads", &[0, 0, 1, 1, 0, 0, 1, 1]), float("value", value)];
    graph.node.insert(at, pad);
}

#[test]
fn a_frame_is_padding_only_where_it_never_has_the_maximum() {
    // The pool's input is behind ReLUs.
    for value in [0.0, -1.0, f32::NEG_INFINITY] {
        assert!(fits(|graph| frame(graph, value)), "{value}");
    }
    let (layer, _, found) = misfit(|graph| frame(graph, 0.5));
    assert_eq!(layer, "Mixed_7c.branch_pool");
    assert!(found.contains("MaxPool["), "{found}");
}

#[test]
fn limits_are_a_relu_only_from_zero_to_infinity() {
    let clip = |graph: &mut GraphProto, high: f32| {
        let relu = node(graph, "Relu", 4);
        relu.op_type = "Clip".into();
        relu.attribute = vec![float("min", 0.0), float("max", high)];
    };
    assert!(fits(|graph| clip(graph, f32::INFINITY)));
    assert!(fits(|graph| clip(graph, f32::MAX)));
    let (_, _, found) = misfit(|graph| clip(graph, 6.0));
    assert!(found.contains("Clip[") && found.contains("max=6"), "{found}");
}

#[test]
fn sizes_are_rounded_up_only_where_that_changes_nothing() {
    // At 299×299 every pool of the network ends at the edge.
    assert!(fits(|graph| set_int(node(graph, "MaxPool", 2), "ceil_mode", 1)));
    let (_, _, found) = misfit(|graph| set_int(node(graph, "Conv", 3), "group", 2));
    assert!(found.contains("group=2"), "{found}");
}

#[test]
fn concatenations_may_be_nested_but_not_reordered() {
    let nest = |graph: &mut GraphProto, first: usize| {
        let at = graph.node.iter().position(|node| node.op_type == "Concat").unwrap();
        let inner: Vec<_> = graph.node[at].input.drain(first..first + 2).collect();
        graph.node[at].input.insert(first, "inner".into());
        let mut nested = operation("Concat", &[&inner[0], &inner[1]], "inner");
        nested.attribute = graph.node[at].attribute.clone();
        graph.node.insert(at, nested);
    };
    assert!(fits(|graph| nest(graph, 0)));
    assert!(fits(|graph| nest(graph, 2)));
    misfit(|graph| {
        nest(graph, 1);
        let inner = graph.node.iter_mut().find(|node| node.output[0] == "inner").unwrap();
        inner.input.reverse();
    });
}

#[test]
fn known_scalings_are_undone_and_others_described() {
    let image = Image::new();
    let known = |scale: f64, shift: f64| image.scaled(&[scale], &[shift]).unwrap().text() == "x";
    for (scale, shift) in
        [(2.0, -1.0), (1.0 / 127.5, -1.0), (1.0 / 128.0, -1.0), (2.0 / 255.0, -1.0)]
    {
        assert!(known(scale, shift), "{scale} {shift}");
    }
    for (scale, shift) in [(1.0 / 255.0, 0.0), (2.0, -0.9), (1.0, -128.0), (-2.0, 1.0), (1.0, 1e-3)]
    {
        assert!(!known(scale, shift), "{scale} {shift}");
    }
    // Channels in any order, but each of them.
    assert_eq!(image.select(&[2, 1, 0]).unwrap().text(), "x");
    assert!(image.select(&[0, 0, 0]).unwrap().text().contains("channels [0, 0, 0]"));
    // One channel scaled in another way.
    let uneven = image.scaled(&[2.0, 2.0, 1.0], &[-1.0]).unwrap();
    assert!(uneven.text().contains("times [2.0000, 2.0000, 1.0000]"));
}

#[test]
fn transposed_constants_are_read_in_their_new_order() {
    let values: Vec<f32> = (0..24).map(|value| value as f32).collect();
    let constant = Constant::computed("c", vec![2, 3, 4], Elements::Floats(values)).unwrap();
    let turned = constant.transposed(&[2, 0, 1]).unwrap();
    assert_eq!(turned.dims, [4, 2, 3]);
    let found = turned.floats("").unwrap();
    let expected: Vec<f32> =
        (0..24).map(|at| (at % 6 / 3 * 12 + at % 3 * 4 + at / 6) as f32).collect();
    assert_eq!(found, expected);
    // Back again.
    let back = turned.transposed(&[1, 2, 0]).unwrap();
    assert!(back.is_row_major());
    assert!(turned.reshaped(vec![24]).is_none());
}

#[test]
fn values_of_every_width_and_place_are_read() {
    // 1, -2 and 0.5.
    let tensor = |data_type, raw: &[u8]| TensorProto {
        dims: vec![3],
        data_type,
        raw_data: Some(raw.to_vec().into()),
        ..TensorProto::default()
    };
    let half = [0x3c00_u16, 0xc000, 0x3800];
    let bfloat = [0x3f80_u16, 0xc000, 0x3f00];
    let bytes = |words: [u16; 3]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>();
    let double: Vec<u8> = [1.0_f64, -2.0, 0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
    let varints = |words: [u16; 3]| {
        let mut packed = Vec::new();
        words.iter().for_each(|&word| encode_varint(word.into(), &mut packed));
        TensorProto { int32_data: Some(packed.into()), raw_data: None, ..tensor(0, &[]) }
    };
    for tensor in [
        tensor(10, &bytes(half)),
        tensor(16, &bytes(bfloat)),
        tensor(11, &double),
        TensorProto { data_type: 10, ..varints(half) },
        TensorProto { data_type: 16, ..varints(bfloat) },
        TensorProto {
            data_type: 11,
            raw_data: None,
            double_data: vec![1.0, -2.0, 0.5],
            ..tensor(0, &[])
        },
    ] {
        let found = Constant::stored(&tensor, &DataFiles::new()).unwrap().floats("").unwrap();
        assert_eq!(found, [1.0, -2.0, 0.5], "{tensor:?}");
    }
    let short = tensor(10, &bytes(half)[..5]);
    let files = DataFiles::new();
    // Odd bytes at the end count as one more value.
    let short = TensorProto { dims: vec![2], ..short };
    let problem = Constant::stored(&short, &files).unwrap().floats("").unwrap_err();
    assert!(matches!(problem, FileProblem::Length { expected: 2, found: 3, .. }), "{problem}");
}

#[test]
fn functions_that_never_end_and_circles_of_nodes_are_refused() {
    let endless = |calls: usize| {
        let mut model = model(graph(sample(), Style { hollow: true, ..Style::default() }));
        let call = operation("Call", &["x"], "y");
        model.functions = vec![FunctionProto {
            name: "Call".into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            node: vec![call.clone(); calls],
            ..FunctionProto::default()
        }];
        model.graph.as_mut().unwrap().node.insert(0, operation("Call", &["image"], "unused"));
        read(model.encode_to_vec().into(), &DataFiles::new()).unwrap_err().to_string()
    };
    for calls in [1, 2, 100] {
        let text = endless(calls);
        assert!(text.contains("its functions"), "{text}");
    }
    let text = problem(|graph| {
        graph.node[0].input[0] = "b".into();
        graph.node.push(operation("Relu", &["a"], "b"));
        graph.node.push(operation("Relu", &["b"], "a"));
    });
    assert!(text.to_string().contains("undefined"), "{text}");
}

#[test]
fn constants_without_bounds_are_not_made() {
    for (op_type, attribute) in [
        ("ConstantOfShape", ints("value_ints", &[1 << 40, 1 << 40])),
        ("ConstantOfShape", ints("value_ints", &[1 << 30])),
        ("Expand", ints("value_ints", &[1 << 15; 4])),
    ] {
        let found = problem(|graph| {
            let mut shape = operation("Constant", &[], "shape");
            shape.attribute = vec![attribute.clone()];
            let inputs = if op_type == "Expand" { vec!["one", "shape"] } else { vec!["shape"] };
            let mut one = operation("Constant", &[], "one");
            one.attribute = vec![float("value_float", 1.0)];
            let nodes = [shape, one, operation(op_type, &inputs, "large")];
            graph.node.splice(0..0, nodes);
            let image = std::mem::replace(&mut graph.node[3].input[0], "scaled".into());
            graph.node.insert(3, operation("Mul", &[&image, "large"], "scaled"));
        });
        assert!(matches!(found, FileProblem::Preprocessing { .. }), "{found}");
    }
}
