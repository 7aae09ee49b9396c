//! Finding the network's layers in a walked graph.
//!
//! A graph may list its nodes in any order that respects the data flow, so counting layers does not
//! identify them. The search starts at the flow whose average is pool3: in the notation of
//! [`crate::LayerTable`], our flow and the graph's must be equal up to the numbers of the
//! convolutions, and every pair of numbers at the same place pairs a layer with a convolution. The
//! search then compares the inputs of that pair, and so on down to the image. Branches of equal
//! shape cannot be confused, as each has its place in a concatenation. Convolutions that pool3 does
//! not depend on are ignored.

use std::collections::BTreeMap;

use super::linear::Linear;
use super::notation::{leading_number, needed, numbers_at_same_places, shown};

use super::walk::Walk;
use crate::format::problem::FileProblem;
use crate::inception::LayerTable;

/// The most ends of a graph that are tried; real graphs have a handful.
const MOST_ENDS: usize = 16;

/// A fit in progress.
struct Fit<'w, 'a> {
    convs: &'w [Linear<'a>],
    /// For each of our layers, the graph's convolution.
    theirs: Vec<Option<usize>>,
    /// For each of the graph's convolutions, our layer.
    ours: Vec<Option<usize>>,
    /// Misfits by layer: expected and found, with numbers for convolutions.
    misfits: BTreeMap<usize, (String, String)>,
    /// Pairs whose inputs have not been compared yet.
    open: Vec<(usize, usize)>,
}

/// The graph's convolutions in our order, and the flow whose average is pool3.
///
/// # Errors
/// [`FileProblem::Layer`] for the first of our layers that does not fit.
pub(super) fn fit<'w, 'a>(
    walk: &'w Walk<'a>,
) -> Result<(Vec<&'w Linear<'a>>, &'w str), FileProblem> {
    let mut problem = None;
    // A graph may average other flows too, or leave the average to its caller, so every end is
    // tried. The last average is the likeliest, so its misfit is the one reported.
    for (flow, node) in walk.means.iter().rev().chain(&walk.outputs).take(MOST_ENDS) {
        match Fit::new(&walk.convs).run(flow, node) {
            Ok(convs) => return Ok((convs, flow)),
            Err(misfit) => problem = problem.or(Some(misfit)),
        }
    }
    Err(problem.unwrap_or_else(|| FileProblem::Layer {
        layer: "pool3".into(),
        node: "none".into(),
        expected: "an average over the image".into(),
        found: "no output that depends on the image".into(),
    }))
}

impl<'w, 'a> Fit<'w, 'a> {
    fn new(convs: &'w [Linear<'a>]) -> Self {
        Self {
            convs,
            theirs: vec![None; LayerTable::get().convs().len()],
            ours: vec![None; convs.len()],
            misfits: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    fn run(mut self, pooled: &str, node: &str) -> Result<Vec<&'w Linear<'a>>, FileProblem> {
        let layers = LayerTable::get().convs();
        let Some(pairs) = numbers_at_same_places(LayerTable::get().pooled(), pooled) else {
            return Err(FileProblem::Layer {
                layer: "pool3".into(),
                node: node.into(),
                expected: self.named(LayerTable::get().pooled(), true),
                found: self.named(pooled, false),
            });
        };
        self.pair_all(pairs);
        while let Some((our, their)) = self.open.pop() {
            let (Some(layer), Some(conv)) = (layers.get(our), self.convs.get(their)) else {
                continue;
            };
            let (expected, found) = (needed(layer), shown(conv));
            if expected != found {
                self.misfits.insert(our, (expected, found));
                continue;
            }
            match numbers_at_same_places(&layer.input, &conv.input) {
                Some(pairs) => self.pair_all(pairs),
                None => {
                    let texts = (format!("input {}", layer.input), format!("input {}", conv.input));
                    self.misfits.insert(our, texts);
                }
            }
        }
        if let Some((our, (expected, found))) = self.misfits.pop_first() {
            return Err(self.misfit(our, expected, found));
        }
        let convs = self.theirs.iter().enumerate().map(|(our, their)| {
            their.and_then(|their| self.convs.get(their)).ok_or_else(|| {
                self.misfit(our, "a convolution".into(), "none that pool3 depends on".into())
            })
        });
        convs.collect()
    }

    fn pair_all(&mut self, pairs: Vec<(usize, usize)>) {
        for (our, their) in pairs {
            let (Some(a), Some(b)) = (self.theirs.get_mut(our), self.ours.get_mut(their)) else {
                continue;
            };
            match (&a, &b) {
                (None, None) => {
                    (*a, *b) = (Some(their), Some(our));
                    self.open.push((our, their));
                }
                (Some(known), _) if *known == their => {}
                _ => {
                    let expected = "one convolution of its own".into();
                    let found = "different ones at different places, or one shared".into();
                    self.misfits.insert(our, (expected, found));
                }
            }
        }
    }

    fn misfit(&self, our: usize, expected: String, found: String) -> FileProblem {
        // The first layer: the image differs, or what the graph makes of it.
        if our == 0 && expected == "input x" && !found.contains('#') {
            return FileProblem::Preprocessing { found: found.trim_start_matches("input ").into() };
        }
        let layer = LayerTable::get().convs().get(our);
        let conv = self.theirs.get(our).copied().flatten().and_then(|their| self.convs.get(their));
        FileProblem::Layer {
            layer: layer.map_or_else(|| format!("#{our}"), |layer| layer.name.clone()),
            node: conv.map_or_else(|| "none".into(), |conv| conv.node.clone()),
            // Only now are all pairs known.
            expected: self.named(&expected, true),
            found: self.named(&found, false),
        }
    }

    /// A flow with names in place of numbers: of our layers, or of the graph's if they are known.
    fn named(&self, flow: &str, ours: bool) -> String {
        let mut parts = flow.split('#');
        let mut text: String = parts.next().unwrap_or_default().into();
        for part in parts {
            let (number, rest) = leading_number(part);
            let our = match number {
                Some(number) if !ours => self.ours.get(number).copied().flatten(),
                number => number,
            };
            let layer = our.and_then(|our| LayerTable::get().convs().get(our));
            let conv = number.and_then(|number| self.convs.get(number));
            match (layer, conv) {
                (Some(layer), _) => text.push_str(&layer.name),
                (None, Some(conv)) => text.push_str(&format!("Conv[{}]", conv.node)),
                (None, None) => text.push('#'),
            }
            text.push_str(rest);
        }
        text
    }
}
