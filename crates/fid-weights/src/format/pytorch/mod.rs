//! Reading PyTorch files (`.pth`, `.pt`) of a state dict, which `torch.save` writes as a zip
//! archive (since 1.6) or as a sequence of pickles (before).
//!
//! A pickle is a program. This reader executes only the few steps that state dicts are made of, and
//! knows only the few names they use ([`steps`], [`object`]); it refuses everything else. Values
//! are slices of the file, so no length that a file claims is ever allocated. [`PickledArrays`] reads
//! NumPy's arrays in the same way.

mod archive;
mod arrays;
mod damage;
mod input;
mod legacy;
mod machine;
mod numpy;
mod object;
mod pickle;
mod steps;
mod tensor;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Debug;

pub use self::arrays::{PickleError, PickledArray, PickledArrays};

use self::archive::Archive;
use self::damage::damaged;
use self::object::PickleValue;
use self::pickle::Pickle;
use self::tensor::{PytorchEntry, Storages};
use super::named::{self, Entries, Entry};
use crate::checkpoint::Checkpoint;
use crate::format::problem::FileProblem;

/// Whether `bytes` start like something `torch.save` wrote: a zip archive, or a pickle of protocol
/// 2 to 5.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"PK\x05\x06")
        || matches!(bytes, [0x80, 2..=5, ..])
}

/// Reads a checkpoint out of a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Checkpoint, FileProblem> {
    named::checkpoint(&entries(bytes)?)
}

/// The tensors of a file by name.
pub(super) fn entries(bytes: &[u8]) -> Result<Entries<impl Entry + Debug + '_>, FileProblem> {
    if bytes.starts_with(b"PK") {
        let archive = Archive::read(bytes)?;
        if archive.is_program() {
            return Err(FileProblem::TorchScript);
        }
        let pickle = steps::read(archive.pickle()?)?.0;
        return named_tensors(&pickle, &archive.storages(&pickle)?);
    }
    let (pickle, storages) = legacy::read(bytes)?;
    named_tensors(&pickle, &storages)
}

/// The items of the dictionary that a pickle holds. Plain values are skipped; any other object that
/// is no tensor becomes an entry, which the check of names refuses.
fn named_tensors<'a>(
    pickle: &Pickle<'a>,
    storages: &Storages<'a>,
) -> Result<Entries<PytorchEntry<'a>>, FileProblem> {
    let PickleValue::Dict(root) = pickle.root else {
        return Err(damaged(format!("it holds {}, not a state dict", pickle.root.kind())));
    };
    let mut entries = BTreeMap::new();
    for (key, value) in pickle.dict(root) {
        let PickleValue::Text(name) = key else {
            return Err(damaged(format!("an entry is named by {}, not by text", key.kind())));
        };
        let entry = match value {
            PickleValue::Tensor(tensor) => storages.tensor(name, pickle.tensor(tensor))?,
            PickleValue::None
            | PickleValue::Bool(_)
            | PickleValue::Int(_)
            | PickleValue::Float
            | PickleValue::Text(_) => {
                continue;
            }
            other => PytorchEntry::Other(other.kind()),
        };
        entries.insert(name.to_owned(), entry);
    }
    Ok(entries)
}
