//! The objects of a pickle.

use super::object::{PickleValue, Storage, Tensor};

/// The objects that a pickle makes.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    /// The result.
    pub root: PickleValue<'a>,
    /// Tuples and lists.
    pub rows: Vec<Vec<PickleValue<'a>>>,
    pub dicts: Vec<Vec<(PickleValue<'a>, PickleValue<'a>)>>,
    /// Every storage it names, in order, with repetitions.
    pub storages: Vec<Storage<'a>>,
    pub tensors: Vec<Tensor<'a>>,
    pub dtypes: Vec<Dtype<'a>>,
    pub arrays: Vec<Array<'a>>,
}

/// A type of numbers of NumPy's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dtype<'a> {
    /// A letter and the size in bytes: `f8`.
    pub kind: &'a str,
    /// `<` is little endian, `>` big endian.
    pub order: &'a str,
}

/// An array of NumPy's.
#[derive(Debug, Clone)]
pub(super) struct Array<'a> {
    pub dtype: Dtype<'a>,
    pub shape: Vec<usize>,
    /// Whether the first axis runs fastest.
    pub fortran: bool,
    /// [`PickleValue::Bytes`] or [`PickleValue::Latin1`].
    pub data: PickleValue<'a>,
}

impl<'a> Pickle<'a> {
    pub(super) fn row(&self, index: usize) -> &[PickleValue<'a>] {
        self.rows.get(index).map_or(&[], Vec::as_slice)
    }

    pub(super) fn dict(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (PickleValue<'a>, PickleValue<'a>)> {
        self.dicts.get(index).into_iter().flatten().copied()
    }

    pub(super) fn tensor(&self, index: usize) -> Option<&Tensor<'a>> {
        self.tensors.get(index)
    }
}
