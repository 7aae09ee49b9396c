//! The form of PyTorch before 1.6: five pickles (a magic number, a version, properties of the
//! machine, the state dict, the keys of its storages), then for each key a count and the values.

use std::collections::HashMap;

use super::damage::damaged;
use super::object::{Element, PickleValue};
use super::pickle::Pickle;
use super::steps;
use super::tensor::Storages;
use crate::format::problem::{FileProblem, quoted};

/// 0x1950a86a20f9469cfc6c.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const VERSION: i64 = 1001;

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<(Pickle<'_>, Storages<'_>), FileProblem> {
    let (magic, rest) = steps::read(bytes)?;
    if !matches!(magic.root, PickleValue::Bytes(bytes) if bytes == MAGIC) {
        return Err(damaged("it is a pickle of something else than torch.save writes"));
    }
    let (version, rest) = steps::read(rest)?;
    if !matches!(version.root, PickleValue::Int(VERSION)) {
        return Err(damaged("its version is not 1001, the only one there is"));
    }
    let (machine, rest) = steps::read(rest)?;
    if let PickleValue::Dict(facts) = machine.root {
        let mut facts = machine.dict(facts);
        if facts.any(|fact| {
            matches!(fact, (PickleValue::Text("little_endian"), PickleValue::Bool(false)))
        }) {
            return Err(damaged("it is from a big-endian machine; save it on another one"));
        }
    }
    let (pickle, rest) = steps::read(rest)?;
    let (keys, rest) = steps::read(rest)?;
    let storages = storages(&pickle, &keys, rest)?;
    Ok((pickle, storages))
}

fn storages<'a>(
    pickle: &Pickle<'a>,
    keys: &Pickle<'a>,
    mut rest: &'a [u8],
) -> Result<Storages<'a>, FileProblem> {
    let mut elements: HashMap<&str, Element> = HashMap::new();
    for storage in &pickle.storages {
        if *elements.entry(storage.key).or_insert(storage.element) != storage.element {
            let key = quoted(storage.key);
            return Err(damaged(format!("storage {key} is of two types")));
        }
    }
    let PickleValue::List(list) = keys.root else {
        return Err(damaged("it has no list of storages"));
    };
    let mut storages = Storages::default();
    for key in keys.row(list) {
        let PickleValue::Text(key) = *key else {
            return Err(damaged("the key of a storage is not text"));
        };
        let element = elements.get(key);
        let size = element.ok_or_else(|| damaged(format!("no tensor uses {}", quoted(key))))?.size;
        let values = rest.split_first_chunk().and_then(|(count, rest)| {
            let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
            rest.split_at_checked(count.checked_mul(size)?)
        });
        let cut = || damaged(format!("the file is cut short within storage {}", quoted(key)));
        let (values, after) = values.ok_or_else(cut)?;
        storages.0.insert(key, values);
        rest = after;
    }
    Ok(storages)
}
