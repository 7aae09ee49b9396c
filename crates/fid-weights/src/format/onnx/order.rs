//! The order of nodes: ONNX asks for one that respects the data flow, and not every editor of graphs
//! keeps to it.

use std::collections::HashMap;

use super::proto::NodeProto;

/// The nodes, each behind those that it takes values from. A sorted list stays as it is, and so do
/// the nodes of a circle.
pub(super) fn sorted(nodes: Vec<NodeProto>) -> Vec<NodeProto> {
    let order = order(&nodes);
    let mut nodes: Vec<_> = nodes.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| nodes.get_mut(index)?.take()).collect()
}

fn order(nodes: &[NodeProto]) -> Vec<usize> {
    let mut makers = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            makers.insert(output.as_str(), index);
        }
    }
    let mut order = Vec::with_capacity(nodes.len());
    let mut seen = vec![false; nodes.len()];
    for root in 0..nodes.len() {
        // Nodes that wait for their inputs, and the next input of each to look at.
        let mut waiting = Vec::new();
        if !std::mem::replace(&mut seen[root], true) {
            waiting.push((root, 0));
        }
        while let Some((index, next)) = waiting.last_mut() {
            let Some(input) = nodes[*index].input.get(*next) else {
                order.push(*index);
                waiting.pop();
                continue;
            };
            *next += 1;
            if let Some(&maker) = makers.get(input.as_str())
                && !std::mem::replace(&mut seen[maker], true)
            {
                waiting.push((maker, 0));
            }
        }
    }
    order
}
