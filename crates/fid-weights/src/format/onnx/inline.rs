//! Local functions: operations that a file defines by others. Each call is replaced by its body.

use std::collections::HashMap;

use prost::Message;

use super::proto::{AttributeProto, FunctionProto, NodeProto};
use crate::format::problem::FileProblem;
use crate::identity::WeightsFormat;

/// How deep functions may call each other; exporters go to three.
const MOST_DEEP: usize = 16;

/// The most bytes that calls may add to a graph.
const MOST_ADDED: usize = 4 << 20;

/// The nodes of a graph without calls of functions.
///
/// # Errors
/// [`FileProblem::Damaged`] if functions call each other without end, or make the graph very large.
pub(super) fn inlined(
    nodes: Vec<NodeProto>,
    functions: &[FunctionProto],
) -> Result<Vec<NodeProto>, FileProblem> {
    if functions.is_empty() {
        return Ok(nodes);
    }
    let key = |f: &'_ FunctionProto| (f.domain.clone(), f.name.clone(), f.overload.clone());
    let functions = functions.iter().map(|function| (key(function), function)).collect();
    let mut inliner = Inliner { functions, nodes: Vec::new(), names: 0, added: 0 };
    for node in nodes {
        inliner.place(node, 0)?;
    }
    Ok(inliner.nodes)
}

struct Inliner<'f> {
    functions: HashMap<(String, String, String), &'f FunctionProto>,
    nodes: Vec<NodeProto>,
    /// Number of new names.
    names: usize,
    /// Bytes added by calls.
    added: usize,
}

impl Inliner<'_> {
    /// Adds a node, or the body of the function that it calls.
    fn place(&mut self, node: NodeProto, depth: usize) -> Result<(), FileProblem> {
        let key = (node.domain.clone(), node.op_type.clone(), node.overload.clone());
        let Some(&function) = self.functions.get(&key) else {
            self.nodes.push(node);
            return Ok(());
        };
        let endless = |cause: &str| {
            Err(FileProblem::Damaged { format: WeightsFormat::Onnx, cause: cause.into() })
        };
        if depth == MOST_DEEP {
            return endless("its functions call each other without end");
        }
        let bound = |names: &[String], values: &[String]| {
            let values = values.iter().cloned().chain(std::iter::repeat(String::new()));
            names.iter().cloned().zip(values).collect::<Vec<_>>()
        };
        let outputs = bound(&function.output, &node.output);
        let given = outputs.into_iter().filter(|(_, value)| !value.is_empty());
        let mut names: HashMap<_, _> = given.collect();
        names.extend(bound(&function.input, &node.input));
        for body in &function.node {
            let mut body = body.clone();
            self.added += size(&body);
            if self.added > MOST_ADDED {
                return endless("its functions repeat more nodes than any form of the network has");
            }
            for name in
                body.input.iter_mut().chain(&mut body.output).filter(|name| !name.is_empty())
            {
                let fresh = || {
                    self.names += 1;
                    // No exporter starts a name so.
                    format!("\u{1}{}", self.names)
                };
                *name = names.entry(name.clone()).or_insert_with(fresh).clone();
            }
            let resolved =
                body.attribute.iter().filter_map(|attribute| resolve(attribute, &node, function));
            body.attribute = resolved.collect();
            if body.name.is_empty() {
                body.name.clone_from(&node.name);
            }
            self.place(body, depth + 1)?;
        }
        Ok(())
    }
}

/// An attribute of a node in a function: its own, or that of the call or the function's default.
fn resolve(
    attribute: &AttributeProto,
    call: &NodeProto,
    function: &FunctionProto,
) -> Option<AttributeProto> {
    if attribute.ref_attr_name.is_empty() {
        return Some(attribute.clone());
    }
    let mut given = call.attribute.iter().chain(&function.attribute_proto);
    let given = given.find(|given| given.name == attribute.ref_attr_name)?;
    Some(AttributeProto { name: attribute.name.clone(), ..given.clone() })
}

/// The bytes that a copy of a node takes, without the weights, which are not copied.
fn size(node: &NodeProto) -> usize {
    let tensors = node.attribute.iter().filter_map(|attribute| attribute.t.as_ref());
    let shared: usize =
        tensors.map(|tensor| tensor.raw_data.as_ref().map_or(0, |raw| raw.len())).sum();
    64 + node.encoded_len() - shared
}
