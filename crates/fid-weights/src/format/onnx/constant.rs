//! Constants of an ONNX graph: stored tensors, views of them, and results of folded operations.

use std::rc::Rc;

use super::dims::size;
use super::proto::TensorProto;
use super::tensor::{self, DataFiles};
use crate::format::problem::{FileProblem, quoted};
use crate::format::values::{finite, same_shape};

/// The most dimensions of a constant; constants are cloned with their shapes.
const MOST_DIMS: usize = 8;

/// A constant. Stored values are read when they are needed.
#[derive(Debug, Clone)]
pub(super) struct Constant<'a> {
    /// The stored tensor's name.
    pub name: &'a str,
    /// Its shape, which a hostile file may claim to be anything.
    pub dims: Vec<i64>,
    /// For each dimension, that of the values which it is; `None` if the order is the same.
    order: Option<Vec<usize>>,
    values: Values<'a>,
}

#[derive(Debug, Clone)]
enum Values<'a> {
    Stored(&'a TensorProto, &'a DataFiles),
    Floats(Rc<[f32]>),
    Ints(Rc<[i64]>),
}

/// The values of a constant, row major.
#[derive(Debug, Clone)]
pub(super) enum Elements {
    Floats(Vec<f32>),
    Ints(Vec<i64>),
}

impl<'a> Constant<'a> {
    /// A tensor of the file; `None` if it has very many dimensions.
    pub(super) fn stored(tensor: &'a TensorProto, files: &'a DataFiles) -> Option<Self> {
        if tensor.dims.len() > MOST_DIMS {
            return None;
        }
        let values = Values::Stored(tensor, files);
        Some(Self { name: &tensor.name, dims: tensor.dims.clone(), order: None, values })
    }

    /// A computed constant, whose values fill its shape; `None` if it has very many dimensions.
    pub(super) fn computed(name: &'a str, dims: Vec<i64>, elements: Elements) -> Option<Self> {
        let values = match elements {
            Elements::Floats(values) => Values::Floats(values.into()),
            Elements::Ints(values) => Values::Ints(values.into()),
        };
        (dims.len() <= MOST_DIMS).then_some(Self { name, dims, order: None, values })
    }

    /// A list of integers.
    pub(super) fn list(name: &'a str, values: Vec<i64>) -> Self {
        let (dims, values) = (vec![values.len() as i64], Values::Ints(values.into()));
        Self { name, dims, order: None, values }
    }

    /// ONNX's number for the element type.
    pub(super) fn data_type(&self) -> i32 {
        match self.values {
            Values::Stored(tensor, _) => tensor.data_type,
            Values::Floats(_) => tensor::FLOAT,
            Values::Ints(_) => tensor::INT64,
        }
    }

    /// Whether the values are floating-point numbers.
    pub(super) fn is_float(&self) -> bool {
        tensor::is_float(self.data_type())
    }

    /// The largest finite value of the element type, if it is a floating-point one.
    pub(super) fn largest(&self) -> f32 {
        match self.values {
            Values::Stored(tensor, _) if tensor.data_type == tensor::FLOAT16 => 65504.0,
            _ => f32::MAX,
        }
    }

    /// The same values in another order of dimensions, a permutation.
    pub(super) fn transposed(&self, order: &[usize]) -> Option<Self> {
        if order.len() != self.dims.len() {
            return None;
        }
        let dims: Option<Vec<_>> = order.iter().map(|&axis| self.dims.get(axis).copied()).collect();
        let old = |&axis: &usize| match &self.order {
            None => Some(axis),
            Some(old) => old.get(axis).copied(),
        };
        let order: Option<Vec<_>> = order.iter().map(old).collect();
        Some(Self { dims: dims?, order: order.filter(|order| !order.is_sorted()), ..self.clone() })
    }

    /// The same values in another shape of the same size. A transposed constant must have been
    /// [arranged](Self::is_row_major) before.
    pub(super) fn reshaped(&self, dims: Vec<i64>) -> Option<Self> {
        if dims.len() > MOST_DIMS {
            return None;
        }
        let reshaped = Self { dims, ..self.clone() };
        let fits = self.order.is_none() && size(&reshaped.dims)? == size(&self.dims)?;
        fits.then_some(reshaped)
    }

    /// Whether the values lie in the order of the dimensions.
    pub(super) fn is_row_major(&self) -> bool {
        self.order.is_none()
    }

    /// All values. `role` describes the constant in errors, as names in ONNX files are often
    /// numbers.
    pub(super) fn floats(&self, role: &str) -> Result<Vec<f32>, FileProblem> {
        let name = self.label(role);
        let values = match &self.values {
            Values::Stored(tensor, files) => tensor::floats(tensor, files, &name)?,
            Values::Floats(values) => values.to_vec(),
            Values::Ints(values) => values.iter().map(|&value| value as f32).collect(),
        };
        Ok(self.arranged(values))
    }

    /// All values of a constant of a known shape, each of them finite.
    pub(super) fn shaped(&self, shape: &[usize], role: &str) -> Result<Vec<f32>, FileProblem> {
        let name = self.label(role);
        same_shape(&name, shape, &self.dims)?;
        let values = self.floats(role)?;
        finite(&name, &values)?;
        Ok(values)
    }

    /// All values of an integer constant.
    pub(super) fn ints(&self) -> Option<Vec<i64>> {
        let values = match &self.values {
            Values::Stored(tensor, files) => tensor::ints(tensor, files)?,
            Values::Ints(values) => values.to_vec(),
            Values::Floats(_) => return None,
        };
        Some(self.arranged(values))
    }

    /// The name in errors.
    pub(super) fn label(&self, role: &str) -> String {
        if role.is_empty() { quoted(self.name) } else { format!("{} ({role})", quoted(self.name)) }
    }

    /// Values in the order of the dimensions.
    fn arranged<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        let Some(order) = &self.order else { return values };
        // Of the stored tensor, whose values were counted.
        let mut stored = vec![0; order.len()];
        for (&axis, &length) in order.iter().zip(&self.dims) {
            stored[axis] = length as usize;
        }
        let stride = |axis: usize| stored[axis + 1..].iter().product::<usize>();
        let steps: Vec<_> = order.iter().map(|&axis| (stored[axis], stride(axis))).collect();
        let mut arranged = Vec::with_capacity(values.len());
        gather(&values, &steps, 0, &mut arranged);
        arranged
    }
}

/// Collects the values at all places that `steps` (lengths and strides) lead to from `start`.
fn gather<T: Copy>(values: &[T], steps: &[(usize, usize)], start: usize, result: &mut Vec<T>) {
    let Some((&(length, stride), inner)) = steps.split_first() else {
        return result.extend(values.get(start));
    };
    for index in 0..length {
        gather(values, inner, start + index * stride, result);
    }
}
