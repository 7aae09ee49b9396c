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

/// Bytes counted for each node, attribute and name in addition to its content.
const MESSAGE: usize = 64;
const NAME: usize = 24;

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
        if depth == MOST_DEEP {
            return Err(endless("its functions call each other without end"));
        }
        let missing = String::new();
        let or_missing = |values| <[String]>::iter(values).chain(std::iter::repeat(&missing));
        let outputs = function.output.iter().zip(or_missing(&node.output));
        let inputs = function.input.iter().zip(or_missing(&node.input));
        let mut names = HashMap::new();
        for (name, value) in outputs.filter(|(_, value)| !value.is_empty()).chain(inputs) {
            self.add(NAME + value.len())?;
            names.insert(name.as_str(), value.clone());
        }
        for body in &function.node {
            let name = if body.name.is_empty() { &node.name } else { &body.name };
            let texts = [name, &body.op_type, &body.domain, &body.overload];
            self.add(MESSAGE + texts.into_iter().map(String::len).sum::<usize>())?;
            let [name, op_type, domain, overload] = texts.map(String::clone);
            let mut copy = NodeProto { name, op_type, domain, overload, ..NodeProto::default() };
            for name in &body.input {
                copy.input.push(self.renamed(name, &mut names)?);
            }
            for name in &body.output {
                copy.output.push(self.renamed(name, &mut names)?);
            }
            for attribute in &body.attribute {
                let Some(given) = resolve(attribute, &node, function) else { continue };
                self.add(size(given) + attribute.name.len())?;
                let name = attribute.name.clone();
                copy.attribute.push(AttributeProto { name, ..given.clone() });
            }
            self.place(copy, depth + 1)?;
        }
        Ok(())
    }

    /// The name in the graph of a value of a function's body; `names` are those of one call.
    fn renamed<'n>(
        &mut self,
        name: &'n str,
        names: &mut HashMap<&'n str, String>,
    ) -> Result<String, FileProblem> {
        if name.is_empty() {
            self.add(NAME)?;
            return Ok(String::new());
        }
        let fresh = || {
            self.names += 1;
            // No exporter starts a name so.
            format!("\u{1}{}", self.names)
        };
        let renamed = names.entry(name).or_insert_with(fresh);
        self.add(NAME + renamed.len())?;
        Ok(renamed.clone())
    }

    /// Counts bytes before they are added.
    fn add(&mut self, bytes: usize) -> Result<(), FileProblem> {
        self.added = self.added.saturating_add(bytes);
        if self.added > MOST_ADDED {
            return Err(endless(
                "its functions repeat more nodes than any form of the network has",
            ));
        }
        Ok(())
    }
}

fn endless(cause: &str) -> FileProblem {
    FileProblem::Damaged { format: WeightsFormat::Onnx, cause: cause.into() }
}

/// The value of an attribute of a node in a function: its own, or that of the call or the function's
/// default.
fn resolve<'n>(
    attribute: &'n AttributeProto,
    call: &'n NodeProto,
    function: &'n FunctionProto,
) -> Option<&'n AttributeProto> {
    if attribute.ref_attr_name.is_empty() {
        return Some(attribute);
    }
    let mut given = call.attribute.iter().chain(&function.attribute_proto);
    given.find(|given| given.name == attribute.ref_attr_name)
}

/// The bytes that a copy of an attribute takes, without the weights, which are not copied.
fn size(attribute: &AttributeProto) -> usize {
    let raw = attribute.t.as_ref().and_then(|tensor| tensor.raw_data.as_ref());
    MESSAGE + attribute.encoded_len() - raw.map_or(0, |raw| raw.len())
}
