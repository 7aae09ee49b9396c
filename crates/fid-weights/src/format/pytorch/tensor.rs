//! Tensors in the storages of a PyTorch file.

use std::borrow::Cow;
use std::collections::HashMap;

use super::damage::damaged;
use super::object::Tensor;
use crate::format::named::Entry;
use crate::format::problem::{FileProblem, quoted};

/// An entry of a state dict.
#[derive(Debug)]
pub(super) enum PytorchEntry<'a> {
    /// A tensor, and the bytes of its storage.
    Tensor(Tensor<'a>, &'a [u8]),
    /// Another object, described in words.
    Other(&'static str),
}

/// The storages of a file, by key.
#[derive(Debug, Default)]
pub(super) struct Storages<'a>(pub HashMap<&'a str, &'a [u8]>);

impl<'a> Storages<'a> {
    /// The entry of a tensor. Its storage must exist and have the length that the tensor declares.
    pub(super) fn tensor(
        &self,
        name: &str,
        tensor: Option<&Tensor<'a>>,
    ) -> Result<PytorchEntry<'a>, FileProblem> {
        let tensor = tensor.ok_or_else(|| damaged("a tensor is missing"))?;
        let storage = tensor.storage;
        let bytes = self.0.get(storage.key).copied().unwrap_or_default();
        if storage.count.checked_mul(storage.element.size) != Some(bytes.len()) {
            return Err(damaged(format!(
                "tensor {} is of {} {} values in storage {}, which has {} bytes",
                quoted(name),
                storage.count,
                storage.element.name,
                quoted(storage.key),
                bytes.len()
            )));
        }
        Ok(PytorchEntry::Tensor(tensor.clone(), bytes))
    }
}

impl Entry for PytorchEntry<'_> {
    fn dtype(&self) -> String {
        match self {
            Self::Tensor(tensor, _) => tensor.storage.element.name.into(),
            Self::Other(kind) => (*kind).into(),
        }
    }

    fn shape(&self) -> Vec<i64> {
        // A length past i64 fits no layer, whatever it is shown as.
        let length = |&length: &usize| i64::try_from(length).unwrap_or(i64::MAX);
        match self {
            Self::Tensor(tensor, _) => tensor.shape.iter().map(length).collect(),
            Self::Other(_) => Vec::new(),
        }
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem> {
        match self {
            Self::Tensor(tensor, storage) => tensor.bytes(storage).ok_or_else(|| {
                let key = quoted(tensor.storage.key);
                damaged(format!("a tensor reaches beyond its storage {key}"))
            }),
            Self::Other(_) => Ok(Cow::Borrowed(&[])),
        }
    }
}

impl Tensor<'_> {
    /// The values, row major; `None` if the tensor reaches beyond the storage.
    fn bytes<'s>(&self, storage: &'s [u8]) -> Option<Cow<'s, [u8]>> {
        let size = self.storage.element.size;
        let count = self.shape.iter().try_fold(1, |count: usize, &n| count.checked_mul(n))?;
        // A stride of 0 could make a large tensor of a small file.
        let length = count.checked_mul(size).filter(|&length| length <= storage.len())?;
        let start = self.offset.checked_mul(size)?;
        if self.is_row_major() {
            return storage.get(start..start.checked_add(length)?).map(Cow::Borrowed);
        }
        let mut values = Vec::with_capacity(length);
        let mut place = vec![0; self.shape.len()];
        for _ in 0..count {
            let steps = place.iter().zip(&self.strides);
            let steps = steps.map(|(&at, &stride): (&usize, _)| at.checked_mul(stride));
            let at = steps.into_iter().try_fold(self.offset, |sum, step| sum.checked_add(step?))?;
            let start = at.checked_mul(size)?;
            values.extend_from_slice(storage.get(start..start.checked_add(size)?)?);
            // The next place: the last axis runs fastest.
            for (at, &length) in place.iter_mut().zip(&self.shape).rev() {
                *at += 1;
                if *at < length {
                    break;
                }
                *at = 0;
            }
        }
        Some(Cow::Owned(values))
    }

    /// Whether the values are stored in row-major order. Strides of axes of length 1 do not matter.
    fn is_row_major(&self) -> bool {
        let mut next = 1_usize;
        self.shape.iter().zip(&self.strides).rev().all(|(&length, &stride)| {
            let fits = length == 1 || stride == next;
            next = next.saturating_mul(length);
            fits
        })
    }
}
