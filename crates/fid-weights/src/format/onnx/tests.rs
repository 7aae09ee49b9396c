mod exports;
mod mutated;
mod on_disk;
mod rules;
mod writer;
mod wrong;

use prost::Message;

use self::writer::{Style, bn_epsilon, graph, model};
use super::proto::{
    AttributeProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto, ValueInfoProto,
};
use super::*;
use crate::checkpoint::Weights;
use crate::tests::{folded, folded_sample, same_bits, sample};

fn read_model(model: &ModelProto) -> Result<Checkpoint, FileProblem> {
    read(model.encode_to_vec().into(), &DataFiles::new())
}

fn weights(model: &ModelProto) -> Weights {
    read_model(model).unwrap().fold()
}

#[test]
fn any_writing_of_the_same_graph_gives_the_same_bits() {
    let named = graph(sample(), Style::default());
    assert!(same_bits(&weights(&model(named)), folded()));

    let anonymous =
        Style { anonymous: true, constants: true, float_data: true, ..Style::default() };
    let mut shuffled = graph(sample(), anonymous);
    writer::shuffle(&mut shuffled);
    assert!(same_bits(&weights(&model(shuffled)), folded()));

    let folded_graph = graph(&folded_sample(), Style { matmul: true, ..Style::default() });
    assert!(same_bits(&weights(&model(folded_graph)), folded()));
}

#[test]
fn a_bias_before_normalisation_moves_the_mean() {
    let mut with_bias = graph(sample(), Style::default());
    // Shapes of the first layer: 32 filters.
    let bias = TensorProto {
        dims: vec![32],
        data_type: tensor::FLOAT,
        name: "bias".into(),
        float_data: vec![0.25; 32],
        ..TensorProto::default()
    };
    with_bias.initializer.push(bias);
    with_bias.node[0].input.push("bias".into());
    let read = weights(&model(with_bias));
    let Norm::Batch { gamma, beta, mean, var } = &sample().convs[0].norm else { panic!("folded") };
    for (index, bias) in read.convs[0].bias.iter().enumerate() {
        let value = |values: &[f32]| f64::from(values[index]);
        let root = (value(var) + 1e-3).sqrt();
        let expected = (0.25 - value(mean)) * value(gamma) / root + value(beta);
        assert!((f64::from(*bias) - expected).abs() < 1e-6);
    }
}

#[test]
fn a_graph_may_end_at_pool3_or_before() {
    for tail in [1, 3] {
        let mut graph = graph(sample(), Style::default());
        let end = graph.node.len() - tail;
        graph.node.truncate(end);
        graph.output[0].name = graph.node[end - 1].output[0].clone();
        let read = read_model(&model(graph)).unwrap();
        assert!(read.classifier.is_none());
        assert_eq!(read.convs.len(), 94);
    }
}

/// The problem of a graph without values after one change. Values are read last, so that an
/// unchanged graph is refused for lacking them.
fn problem(change: impl FnOnce(&mut super::proto::GraphProto)) -> FileProblem {
    let mut graph = graph(sample(), Style { hollow: true, ..Style::default() });
    change(&mut graph);
    read_model(&model(graph)).unwrap_err()
}

fn node<'g>(graph: &'g mut super::proto::GraphProto, op: &str, nth: usize) -> &'g mut NodeProto {
    graph.node.iter_mut().filter(|node| node.op_type == op).nth(nth).unwrap()
}

fn set_int(node: &mut NodeProto, name: &str, value: i64) {
    node.attribute.retain(|attribute| attribute.name != name);
    node.attribute.push(AttributeProto {
        name: name.into(),
        i: Some(value),
        ..AttributeProto::default()
    });
}

/// The layer of a misfit, the expected and the found operation.
fn misfit(change: impl FnOnce(&mut super::proto::GraphProto)) -> (String, String, String) {
    match problem(change) {
        FileProblem::Layer { layer, expected, found, .. } => (layer, expected, found),
        other => panic!("{other}"),
    }
}

#[test]
fn a_hollow_graph_fails_by_its_values_alone() {
    assert!(matches!(problem(|_| ()), FileProblem::Length { found: 0, .. }));
}

#[test]
fn a_graph_that_computes_something_else_is_refused_at_the_layer() {
    let (layer, expected, found) =
        misfit(|g| set_int(node(g, "AveragePool", 3), "count_include_pad", 1));
    assert_eq!(layer, "Mixed_6b.branch_pool");
    assert!(expected.starts_with("input avg(cat(Mixed_6a.branch3x3,"), "{expected}");
    assert!(found.contains("count_include_pad=1"), "{found}");

    let (layer, _, found) =
        misfit(|g| node(g, "BatchNormalization", 0).attribute = vec![bn_epsilon(1e-5)]);
    assert_eq!(layer, "Conv2d_2a_3x3");
    assert!(found.contains("epsilon=0.00001"), "{found}");

    let (layer, ..) = misfit(|g| node(g, "Concat", 1).input.swap(0, 3));
    assert!(layer.starts_with("Mixed_5c"), "{layer}");

    // No ReLU.
    let (_, _, found) = misfit(|g| node(g, "Relu", 4).op_type = "Sigmoid".into());
    assert!(found.contains("Sigmoid"), "{found}");

    let (layer, expected, _) = misfit(|g| set_int(node(g, "Conv", 1), "group", 2));
    assert_eq!(layer, "Conv2d_2b_3x3", "{expected}");

    // torchvision's last block pools by average.
    let (layer, expected, _) = misfit(|g| {
        let pool = node(g, "MaxPool", 4);
        pool.op_type = "AveragePool".into();
    });
    assert_eq!(layer, "Mixed_7c.branch_pool");
    assert!(expected.starts_with("input max1,1(cat(Mixed_7b.branch1x1"), "{expected}");
}

#[test]
fn preprocessing_is_refused_at_the_first_layer() {
    let scaled = problem(|g| {
        let scale = NodeProto {
            op_type: "Mul".into(),
            input: vec!["image".into(), "two".into()],
            output: vec!["scaled".into()],
            ..NodeProto::default()
        };
        g.node.insert(0, scale);
        g.node[1].input[0] = "scaled".into();
    });
    let FileProblem::Preprocessing { found } = scaled else { panic!("{scaled}") };
    assert!(found.starts_with("Mul[\"scaled\"](x,"), "{found}");
    let two = problem(|g| {
        g.input.push(ValueInfoProto { name: "other".into(), ..ValueInfoProto::default() })
    });
    assert!(matches!(two, FileProblem::Inputs { inputs } if inputs == ["image", "other"]));
}

#[test]
fn bad_constants_are_named() {
    let last = |g: &mut super::proto::GraphProto, change: fn(&mut TensorProto)| {
        change(&mut g.initializer[0]);
    };
    let external = problem(|g| {
        last(g, |weight| {
            weight.data_location = tensor::EXTERNAL;
            let (key, value) = ("location".into(), "weights.bin".into());
            weight.external_data = vec![StringStringEntryProto { key, value }];
        });
    });
    let text = external.to_string();
    assert!(text.contains("weights.bin") && text.contains("weight of Conv2d_1a_3x3"), "{text}");
    let bytes = problem(|g| last(g, |weight| weight.data_type = 3));
    assert!(matches!(bytes, FileProblem::DType { found, .. } if found == "int8"));
    let (layer, _, found) =
        misfit(|g| last(g, |weight| weight.dims = vec![i64::MAX, i64::MAX, 3, 3]));
    assert_eq!(layer, "Conv2d_1a_3x3");
    assert!(found.contains(&i64::MAX.to_string()), "{found}");
    let (layer, ..) = misfit(|g| last(g, |weight| weight.dims = vec![-32, 3, 3, 3]));
    assert_eq!(layer, "Conv2d_1a_3x3");
    misfit(|g| last(g, |weight| weight.dims.clear()));
}

#[test]
fn growing_texts_are_cut() {
    let doubled = problem(|g| {
        let mut input = "image".to_owned();
        for i in 0..200 {
            let (op_type, output) = ("Concat".into(), format!("double{i}"));
            let node = NodeProto {
                op_type,
                input: vec![input.clone(), input],
                output: vec![output.clone()],
                ..NodeProto::default()
            };
            g.node.insert(i, node);
            input = output;
        }
        g.node[200].input[0] = input;
    });
    assert!(doubled.to_string().len() < 2000, "{doubled}");
}

#[test]
fn cut_and_empty_files_are_refused() {
    let whole = model(graph(sample(), Style { hollow: true, ..Style::default() })).encode_to_vec();
    for length in (0..whole.len()).step_by(997) {
        read(whole[..length].to_vec().into(), &DataFiles::new()).unwrap_err();
    }
    assert!(matches!(read(Bytes::new(), &DataFiles::new()), Err(FileProblem::Damaged { .. })));
}
