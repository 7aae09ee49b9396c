//! Reading safetensors files.

use std::borrow::Cow;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use super::named::{self, Entries, Entry};
use super::{Checkpoint, FileProblem, WeightsFormat};

/// Largest header the format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;

/// Whether `bytes` start like a safetensors file: the header's length (`u64`, little endian) and
/// its first byte, which is always `{`.
pub(super) fn recognise(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|word| u64::from_le_bytes(*word));
    length.is_some_and(|length| length <= MAX_HEADER) && bytes.get(8) == Some(&b'{')
}

/// Reads a checkpoint out of a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Checkpoint, FileProblem> {
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
