//! Pickles of dictionaries of NumPy arrays, such as statistics.

use std::borrow::Cow;

use super::damage::damaged;
use super::object::{Content, PickleValue};
use super::pickle::{Array, Pickle};
use super::steps;
use crate::format::problem::{FileProblem, quoted};

/// The largest array that is read, in values: a covariance of 8192 features.
const MAX_VALUES: usize = 8192 * 8192;

/// A pickle of a dictionary of arrays, numbers and further dictionaries.
///
/// A pickle is a program; this reader runs only the few steps that such dictionaries are made of, and
/// knows only the names that NumPy's arrays need. It reads protocols 2 to 5, as Python 3 writes them.
#[derive(Debug)]
pub struct PickledArrays<'a> {
    pickle: Pickle<'a>,
}

/// Why a pickle of arrays is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickleError {
    /// It asks for something else than arrays, numbers and dictionaries.
    #[error(
        "it asks for the Python object or function {name}, which no dictionary of arrays needs; none of it \
         was run"
    )]
    Foreign {
        /// The Python name.
        name: String,
    },
    /// It breaks the rules of pickles, or holds something else.
    #[error("{cause}")]
    Content {
        /// The cause.
        cause: String,
    },
}

impl From<FileProblem> for PickleError {
    fn from(problem: FileProblem) -> Self {
        match problem {
            FileProblem::Foreign { name } => Self::Foreign { name },
            FileProblem::Damaged { cause, .. } => Self::Content { cause },
            other => Self::Content { cause: other.to_string() },
        }
    }
}

/// An array of a pickle.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PickledArray {
    /// Lengths of the axes; empty for a single number.
    pub shape: Vec<usize>,
    /// The values, row major.
    pub values: Vec<f64>,
}

impl<'a> PickledArrays<'a> {
    /// Reads a whole file. Arrays are converted only when they are asked for.
    ///
    /// # Errors
    /// [`PickleError`] if the pickle is damaged or does anything but making a dictionary of arrays.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PickleError> {
        if !matches!(bytes, [0x80, 2..=5, ..]) {
            return Err(damaged("it is no pickle of protocol 2 to 5").into());
        }
        let (pickle, rest) = steps::read_content(Content::Arrays, bytes)?;
        if !rest.is_empty() {
            return Err(damaged("something follows its pickle").into());
        }
        match pickle.root {
            PickleValue::Dict(_) => Ok(Self { pickle }),
            other => Err(damaged(format!("it holds {}, not a dictionary", other.kind())).into()),
        }
    }

    /// The keys of a dictionary, in the order of the file, which `path` leads to from the outermost
    /// one. `None` if there is no dictionary.
    pub fn keys(&self, path: &[&str]) -> Option<Vec<&'a str>> {
        let PickleValue::Dict(at) = self.find(path)? else { return None };
        let keys = self.pickle.dict(at).filter_map(|(key, _)| match key {
            PickleValue::Text(key) => Some(key),
            _ => None,
        });
        Some(keys.collect())
    }

    /// The whole number at the end of a path of keys, from a Python or a NumPy integer. `None` if there
    /// is something else or nothing.
    pub fn integer(&self, path: &[&str]) -> Option<i64> {
        match self.find(path)? {
            PickleValue::Int(value) => Some(value),
            PickleValue::Array(at) => match self.pickle.arrays.get(at)? {
                array if array.shape.is_empty() && array.dtype.kind.starts_with('i') => {
                    let bytes = raw(array)?;
                    let mut word = [0; 8];
                    word.get_mut(..bytes.len())?.copy_from_slice(&bytes);
                    (bytes.len() == 8 && array.dtype.order != ">").then(|| i64::from_le_bytes(word))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The array of f32 or f64 at the end of a path of keys. `None` if there is nothing.
    ///
    /// # Errors
    /// [`PickleError`] if something else is there, or the bytes do not fill the shape.
    pub fn array(&self, path: &[&str]) -> Option<Result<PickledArray, PickleError>> {
        let value = self.find(path)?;
        // Each cause is safe to print.
        let failed =
            |cause| PickleError::Content { cause: format!("'{}' {cause}", path.join(".")) };
        let PickleValue::Array(at) = value else {
            return Some(Err(failed(format!("is {}, not an array", value.kind()))));
        };
        Some(values(self.pickle.arrays.get(at)?).map_err(failed))
    }

    /// The value at the end of a path of keys; of equal keys the last, as in Python.
    fn find(&self, path: &[&str]) -> Option<PickleValue<'a>> {
        path.iter().try_fold(self.pickle.root, |value, wanted| {
            let PickleValue::Dict(at) = value else { return None };
            let named = |(key, _): &(_, _)| *key == PickleValue::Text(wanted);
            self.pickle.dict(at).filter(named).last().map(|(_, value)| value)
        })
    }
}

/// The values, row major, or how they are wrong, to follow a name.
fn values(array: &Array<'_>) -> Result<PickledArray, String> {
    let dtype = array.dtype;
    let read: fn(&[u8]) -> f64 = match (dtype.kind, dtype.order) {
        ("f8", "<") => |bytes| bytes.try_into().map_or(f64::NAN, f64::from_le_bytes),
        ("f8", ">") => |bytes| bytes.try_into().map_or(f64::NAN, f64::from_be_bytes),
        ("f4", "<") => |bytes| bytes.try_into().map_or(f64::NAN, |b| f32::from_le_bytes(b).into()),
        ("f4", ">") => |bytes| bytes.try_into().map_or(f64::NAN, |b| f32::from_be_bytes(b).into()),
        _ => {
            let found = quoted(&format!("{}{}", dtype.order, dtype.kind));
            return Err(format!("holds values of the type {found}, not 32- or 64-bit floats"));
        }
    };
    let size = if dtype.kind == "f8" { 8 } else { 4 };
    let count = array.shape.iter().try_fold(1, |count: usize, &axis| count.checked_mul(axis));
    let count = count.filter(|&count| count <= MAX_VALUES);
    let count = count.ok_or_else(|| format!("claims the shape {:?}", array.shape))?;
    let bytes = raw(array).ok_or("holds characters that are no bytes")?;
    if bytes.len() != count * size {
        let (shape, found) = (&array.shape, bytes.len());
        return Err(format!("has {found} bytes, and its shape {shape:?} takes {}", count * size));
    }
    let mut values: Vec<_> = bytes.chunks_exact(size).map(read).collect();
    if let (true, &[rows, columns]) = (array.fortran, &array.shape[..]) {
        let at = |place: usize| values[place % columns * rows + place / columns];
        values = (0..count).map(at).collect();
    } else if array.fortran && array.shape.len() > 2 {
        return Err("has more than two axes in the order of Fortran".into());
    }
    Ok(PickledArray { shape: array.shape.clone(), values })
}

/// The bytes of an array; `None` if they are none.
fn raw<'a>(array: &Array<'a>) -> Option<Cow<'a, [u8]>> {
    match array.data {
        PickleValue::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        PickleValue::Latin1(text) => {
            text.chars().map(|char| u8::try_from(char).ok()).collect::<Option<_>>().map(Cow::Owned)
        }
        _ => None,
    }
}
