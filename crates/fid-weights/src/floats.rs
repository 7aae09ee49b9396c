//! Values of a tensor, in memory or in a mapped file.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::mapped::MappedFile;

/// Values of a tensor, which dereference to `[f32]`: in memory, or a part of a mapped packed file.
/// A clone shares them.
#[derive(Clone)]
pub struct Floats(Values);

#[derive(Clone)]
enum Values {
    Owned(Arc<Vec<f32>>),
    /// A range of bytes.
    Mapped(Arc<MappedFile>, Range<usize>),
}

impl Floats {
    /// The values in a range of bytes of a file. `None` if the range is outside the file or does
    /// not consist of whole, aligned values.
    pub(super) fn mapped(file: &Arc<MappedFile>, bytes: Range<usize>) -> Option<Self> {
        floats(file, &bytes)?;
        Some(Self(Values::Mapped(Arc::clone(file), bytes)))
    }
}

impl Floats {
    /// The values as a vector, without a copy where nothing shares them.
    pub(crate) fn into_vec(self) -> Vec<f32> {
        match self.0 {
            Values::Owned(values) => Arc::unwrap_or_clone(values),
            Values::Mapped(..) => self.to_vec(),
        }
    }
}

fn floats<'a>(file: &'a MappedFile, bytes: &Range<usize>) -> Option<&'a [f32]> {
    bytemuck::try_cast_slice(file.get(bytes.clone())?).ok()
}

/// Values as bytes, little endian.
pub(crate) fn le_bytes(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            Values::Owned(values) => values,
            // Checked by `mapped`.
            Values::Mapped(file, bytes) => floats(file, bytes).unwrap_or_default(),
        }
    }
}

impl From<Vec<f32>> for Floats {
    fn from(values: Vec<f32>) -> Self {
        Self(Values::Owned(Arc::new(values)))
    }
}

impl<'a> IntoIterator for &'a Floats {
    type Item = &'a f32;
    type IntoIter = std::slice::Iter<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Floats {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Floats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}
