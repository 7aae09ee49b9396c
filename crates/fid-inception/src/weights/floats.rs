//! Values of a tensor, in memory or in a mapped file.

use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::MappedFile;

/// Values of a tensor. They are in memory of their own, or those of a packed file, which are read
/// from the disk when they are first looked at.
#[derive(Clone)]
pub struct Floats(Place);

#[derive(Clone)]
enum Place {
    Memory(Vec<f32>),
    File(Arc<MappedFile>, Range<usize>),
}

impl Floats {
    /// The values in a range of bytes of a file; none where that is not made of whole values.
    pub(super) fn mapped(file: &Arc<MappedFile>, bytes: Range<usize>) -> Option<Self> {
        floats(file, &bytes)?;
        Some(Self(Place::File(Arc::clone(file), bytes)))
    }
}

fn floats<'a>(file: &'a MappedFile, bytes: &Range<usize>) -> Option<&'a [f32]> {
    bytemuck::try_cast_slice(file.get(bytes.clone())?).ok()
}

impl Deref for Floats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            Place::Memory(values) => values,
            // Never empty: it was not when it was made.
            Place::File(file, bytes) => floats(file, bytes).unwrap_or_default(),
        }
    }
}

impl From<Vec<f32>> for Floats {
    fn from(values: Vec<f32>) -> Self {
        Self(Place::Memory(values))
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
