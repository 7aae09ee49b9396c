//! NumPy's arrays in pickles.
//!
//! Source of the forms: NumPy's `multiarray/methods.c` (`array_reduce`, `array_reduce_ex`,
//! `array_setstate`) and `descriptor.c` (`arraydescr_reduce`, `arraydescr_setstate`).

use super::damage::damaged;
use super::machine::Machine;
use super::object::{MAX_AXES, Name, Numpy, PickleValue};
use super::pickle::{Array, Dtype};
use crate::format::problem::FileProblem;

/// The type of an array whose content has not come yet.
const NO_TYPE: Dtype<'_> = Dtype { kind: "", order: "|" };

impl<'a> Machine<'a> {
    /// Calls one of the known functions.
    pub(super) fn call_numpy(
        &mut self,
        name: Numpy,
        arguments: &[PickleValue<'a>],
    ) -> Result<PickleValue<'a>, FileProblem> {
        match (name, arguments) {
            (Numpy::Bytes, []) => Ok(PickleValue::Bytes(&[])),
            (Numpy::Encode, &[PickleValue::Text(text), PickleValue::Text("latin1")]) => {
                Ok(PickleValue::Latin1(text))
            }
            (Numpy::Dtype, &[PickleValue::Text(kind), ..]) => {
                self.made.dtypes.push(Dtype { kind, order: "|" });
                Ok(PickleValue::Dtype(self.made.dtypes.len() - 1))
            }
            (Numpy::Reconstruct, [PickleValue::Name(Name::Numpy(Numpy::Array)), ..]) => Ok(self
                .new_array(Array {
                    dtype: NO_TYPE,
                    shape: vec![0],
                    fortran: false,
                    data: PickleValue::Bytes(&[]),
                })),
            (
                Numpy::FromBuffer,
                &[
                    data,
                    PickleValue::Dtype(dtype),
                    PickleValue::Tuple(shape),
                    PickleValue::Text(order),
                ],
            ) => {
                let array = self.numpy_array(shape, dtype, order == "F", data)?;
                Ok(self.new_array(array))
            }
            (Numpy::Scalar, &[PickleValue::Dtype(dtype), data]) => {
                let dtype = self.dtype(dtype)?;
                Ok(self.new_array(Array { dtype, shape: Vec::new(), fortran: false, data }))
            }
            _ => {
                Err(damaged("its pickle calls a function of NumPy with other arguments than NumPy"))
            }
        }
    }

    fn new_array(&mut self, array: Array<'a>) -> PickleValue<'a> {
        self.made.arrays.push(array);
        PickleValue::Array(self.made.arrays.len() - 1)
    }

    fn dtype(&self, at: usize) -> Result<Dtype<'a>, FileProblem> {
        self.made.dtypes.get(at).copied().ok_or_else(|| damaged("an array has no type"))
    }

    fn numpy_array(
        &self,
        shape: usize,
        dtype: usize,
        fortran: bool,
        data: PickleValue<'a>,
    ) -> Result<Array<'a>, FileProblem> {
        let axes = self.made.row(shape);
        if axes.len() > MAX_AXES {
            return Err(damaged(format!("an array has {} axes", axes.len())));
        }
        let shape = axes.iter().map(|axis| axis.length()).collect::<Result<_, _>>()?;
        Ok(Array { dtype: self.dtype(dtype)?, shape, fortran, data })
    }

    /// Takes the byte order out of the state `(3, "<", ...)` of a type.
    pub(super) fn fill_dtype(
        &mut self,
        at: usize,
        state: PickleValue<'a>,
    ) -> Result<(), FileProblem> {
        let parts = if let PickleValue::Tuple(at) = state { self.made.row(at) } else { &[] };
        match (parts, self.made.dtypes.get(at)) {
            (&[PickleValue::Int(_), PickleValue::Text(order), ..], Some(&dtype)) => {
                self.made.dtypes[at] = Dtype { order, ..dtype };
                Ok(())
            }
            _ => Err(damaged("its pickle describes a number type in an unknown way")),
        }
    }

    /// Fills an array by its state `(1, shape, dtype, is_fortran, bytes)`.
    pub(super) fn fill_array(
        &mut self,
        at: usize,
        state: PickleValue<'a>,
    ) -> Result<(), FileProblem> {
        let parts = if let PickleValue::Tuple(at) = state { self.made.row(at) } else { &[] };
        let &[
            PickleValue::Int(1),
            PickleValue::Tuple(shape),
            PickleValue::Dtype(dtype),
            PickleValue::Bool(fortran),
            data,
        ] = parts
        else {
            return Err(damaged("its pickle describes an array in an unknown way"));
        };
        let array = self.numpy_array(shape, dtype, fortran, data)?;
        match self.made.arrays.get_mut(at) {
            Some(place) => *place = array,
            None => return Err(damaged("an array is missing")),
        }
        Ok(())
    }
}
