//! Which network and whose names a file holds.

use std::collections::BTreeSet;

use super::names::Naming;
use super::part::Part;
use super::spec::VitSpec;
use crate::format::{AnyEntries, FileProblem, quoted};

/// Names of register tokens: torch.hub's, transformers', timm's.
const REGISTERS: [&str; 3] = ["register_tokens", "embeddings.register_tokens", "reg_token"];

/// A tensor that only Inception has.
const INCEPTION: &str = "Conv2d_1a_3x3.conv.weight";

/// Finds the names that a file uses, and checks that it holds every tensor of `spec` in its shape and
/// no others.
///
/// # Errors
/// [`FileProblem::Registers`], [`FileProblem::OtherNetwork`]; else what differs from the names that
/// fit best.
pub(super) fn naming(
    spec: &VitSpec,
    entries: &AnyEntries<'_>,
) -> Result<&'static Naming, FileProblem> {
    if let Some(tensor) = REGISTERS.into_iter().find(|name| entries.contains_key(*name)) {
        return Err(FileProblem::Registers { network: spec.name, tensor: quoted(tensor) });
    }
    let (missing, result) = closest(spec, entries);
    if missing == 0 && result.is_ok() {
        return result;
    }
    let others = VitSpec::ALL.iter().filter(|other| closest(other, entries).1.is_ok());
    let inception = entries.contains_key(INCEPTION).then_some("inception");
    match others.map(|other| other.name).chain(inception).next() {
        Some(found) => Err(FileProblem::OtherNetwork { network: spec.name, found }),
        None => result,
    }
}

/// The names that fit best: how many are missing, and everything that differs.
fn closest(
    spec: &VitSpec,
    entries: &AnyEntries<'_>,
) -> (usize, Result<&'static Naming, FileProblem>) {
    let [first, others @ ..] = Naming::of(spec.family);
    let mut closest = check(spec, first, entries);
    for naming in others {
        let (missing, result) = check(spec, naming, entries);
        if missing < closest.0 || closest.1.is_err() && result.is_ok() {
            closest = (missing, result);
        }
    }
    closest
}

fn check(
    spec: &VitSpec,
    naming: &'static Naming,
    entries: &AnyEntries<'_>,
) -> (usize, Result<&'static Naming, FileProblem>) {
    let parts = Part::all(spec);
    let needed: BTreeSet<_> = parts.iter().flat_map(|&part| naming.names(spec, part)).collect();
    let is_known = |name: &String| needed.contains(name) || naming.is_unread(spec, name);
    let unexpected: Vec<_> = entries.keys().filter(|name| !is_known(name)).cloned().collect();
    let missing: Vec<_> =
        needed.iter().filter(|name| !entries.contains_key(*name)).cloned().collect();
    if !missing.is_empty() || !unexpected.is_empty() {
        let count = missing.len();
        return (count, Err(FileProblem::Names { network: spec.name, missing, unexpected }));
    }
    for part in parts {
        let expected = naming.shape(spec, part);
        for name in naming.names(spec, part) {
            let found = entries.get(&name).map(|entry| entry.shape()).unwrap_or_default();
            let lengths = expected.iter().map(|&length| length as i64);
            // Hub and timm write vectors as `[1,1,width]`.
            if !found.iter().copied().skip_while(|&length| length == 1).eq(lengths) {
                return (0, Err(FileProblem::Shape { tensor: quoted(&name), expected, found }));
            }
        }
    }
    (0, Ok(naming))
}
