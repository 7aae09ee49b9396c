//! Reading PyTorch files (`.pth`, `.pt`) without running their pickles.

use std::borrow::Cow;
use std::path::Path;

use pytorch_reader::{PickleValue, PytorchError, PytorchReader, Tensor};

use super::named::{self, Entries, Entry};
use super::{Checkpoint, FileProblem, WeightsFormat};

/// Whether `bytes` start like something `torch.save` wrote: a zip archive, a pickle of protocol 2
/// to 5, or the tar archive of the very first versions.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"PK\x05\x06")
        || matches!(bytes, [0x80, 2..=5, ..])
        || bytes.get(257..262) == Some(b"ustar")
}

/// Reads a checkpoint.
pub(super) fn read(file: &Path) -> Result<Checkpoint, FileProblem> {
    let reader = PytorchReader::new(file).map_err(damaged)?;
    let mut entries: Entries<_> = reader.into_tensors().into_iter().map(tensor_entry).collect();
    // The reader skips what is no tensor. Plain values (PyTorch's own `_metadata`, say) do no harm;
    // an object it cannot read, such as a call to be run on loading, means that the file is not
    // what it seems, and counts as an unexpected entry.
    let root = PytorchReader::read_pickle_data(file, None).map_err(damaged)?;
    if let PickleValue::Dict(root) = root {
        for (name, value) in root {
            if let Some(kind) = foreign(&value) {
                entries.entry(name).or_insert(PytorchEntry::Object(kind.into()));
            }
        }
    }
    named::checkpoint(&entries)
}

enum PytorchEntry {
    Tensor(Tensor),
    /// An object of this Python type.
    Object(String),
}

fn tensor_entry((name, tensor): (String, Tensor)) -> (String, PytorchEntry) {
    (name, PytorchEntry::Tensor(tensor))
}

/// The Python type of the first object in a value that is neither a tensor nor plain data.
fn foreign(value: &PickleValue) -> Option<&str> {
    match value {
        PickleValue::Unsupported(kind) if kind != "torch.Tensor" => Some(kind),
        PickleValue::Dict(items) => items.values().find_map(foreign),
        PickleValue::List(items) => items.iter().find_map(foreign),
        _ => None,
    }
}

fn damaged(error: PytorchError) -> FileProblem {
    FileProblem::damaged(WeightsFormat::Pytorch, &error)
}

impl Entry for PytorchEntry {
    fn dtype(&self) -> String {
        match self {
            Self::Tensor(tensor) => format!("{:?}", tensor.dtype()),
            Self::Object(kind) => kind.clone(),
        }
    }

    fn shape(&self) -> Vec<i64> {
        let length = |&length: &usize| i64::try_from(length).unwrap_or(i64::MAX);
        match self {
            Self::Tensor(tensor) => tensor.shape().iter().map(length).collect(),
            Self::Object(_) => Vec::new(),
        }
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem> {
        match self {
            Self::Tensor(tensor) => tensor.read().map(Cow::Owned).map_err(|e| damaged(e.into())),
            Self::Object(_) => Ok(Cow::Borrowed(&[])),
        }
    }
}
