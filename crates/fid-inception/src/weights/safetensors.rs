//! Reading safetensors files.

use std::borrow::Cow;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use super::named::{self, Entries, Entry};
use super::{Checkpoint, FileProblem, WeightsFormat};

/// Largest header the format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// Largest header that is read: the network's takes some 60 kB, and one that fills the format's
/// limit becomes gigabytes when it is parsed.
const LONGEST_READ: u64 = 1 << 20;

/// Whether `bytes` start like a safetensors file: the header's length (`u64`, little endian) and
/// its first byte, which is always `{`.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    header_length(bytes).is_some_and(|length| length <= MAX_HEADER) && bytes.get(8) == Some(&b'{')
}

fn header_length(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Reads a checkpoint out of a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Checkpoint, FileProblem> {
    if let Some(found) = header_length(bytes).filter(|&length| length > LONGEST_READ) {
        return Err(FileProblem::TooLarge { what: "header", found, limit: LONGEST_READ });
    }
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| FileProblem::damaged(WeightsFormat::Safetensors, &error))?;
    let entries: Entries<_> = file.tensors().into_iter().collect();
    named::checkpoint(&entries)
}

impl Entry for TensorView<'_> {
    fn dtype(&self) -> String {
        format!("{:?}", TensorView::dtype(self))
    }

    fn shape(&self) -> Vec<i64> {
        // A length past i64 never fits a layer, whatever it is shown as.
        let length = |&length: &usize| i64::try_from(length).unwrap_or(i64::MAX);
        TensorView::shape(self).iter().map(length).collect()
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem> {
        Ok(Cow::Borrowed(self.data()))
    }
}
