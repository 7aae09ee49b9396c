//! Exported graphs with random damage: an error or, where the damage does not matter, missing values.

use prost::Message;
use prost::bytes::Bytes;

use super::super::proto::{GraphProto, ModelProto};
use super::super::{DataFiles, read};
use super::exports::export;

/// A generator of pseudo-random numbers (Numerical Recipes' linear congruential one).
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit.max(1)
    }
}

const GRAPHS: [&str; 6] = [
    "dynamo_unoptimised",
    "hand_channels_last",
    "hand_decomposed",
    "hand_dynamic_reshape",
    "hand_functions",
    "hand_transform_input",
];

#[test]
fn damaged_graphs_never_panic() {
    let mut random = Random(1);
    for name in GRAPHS {
        let graph = export(name);
        for _ in 0..60 {
            let mut bytes = graph.to_vec();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
            read(bytes.into(), &DataFiles::new()).unwrap_err();
        }
    }
}

#[test]
fn graphs_with_other_nodes_attributes_and_shapes_never_panic() {
    let mut random = Random(2);
    for name in GRAPHS {
        let model = ModelProto::decode(export(name)).unwrap();
        for _ in 0..60 {
            let mut model = model.clone();
            for _ in 0..=random.below(8) {
                change(model.graph.as_mut().unwrap(), &mut random);
            }
            read(Bytes::from(model.encode_to_vec()), &DataFiles::new()).unwrap_err();
        }
    }
}

/// Changes one thing of a graph.
fn change(graph: &mut GraphProto, random: &mut Random) {
    const NUMBERS: [i64; 9] = [0, 1, -1, 2, 7, 299, i64::MAX, i64::MIN, 1 << 40];
    let number = NUMBERS[random.below(NUMBERS.len())];
    let (at, other) = (random.below(graph.node.len()), random.below(graph.node.len()));
    let donor = graph.node[other].clone();
    let node = &mut graph.node[at];
    match random.below(8) {
        0 => node.op_type = donor.op_type,
        1 => node.input = donor.input,
        2 => node.attribute = donor.attribute,
        3 => {
            node.input.pop();
        }
        4 => {
            for attribute in &mut node.attribute {
                let index = random.below(attribute.ints.len());
                if let Some(value) = attribute.ints.get_mut(index) {
                    *value = number;
                }
                attribute.i = attribute.i.map(|_| number);
            }
        }
        5 => {
            let index = random.below(graph.initializer.len());
            let dims = &mut graph.initializer[index].dims;
            let index = random.below(dims.len() + 1);
            dims.resize(dims.len().max(index + 1), number);
            dims[index] = number;
        }
        6 => {
            // Small constants are inside.
            let index = random.below(graph.initializer.len());
            let value = number.to_le_bytes().to_vec();
            let inside = &mut graph.initializer[index].raw_data;
            *inside = inside.take().map(|_| Bytes::from(value));
        }
        _ => graph.node.swap(at, other),
    }
}
