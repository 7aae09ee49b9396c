//! Arrays of other packages: by the buffer protocol (NumPy, bytes), or by DLPack (PyTorch, JAX and others).

use std::borrow::Cow;
use std::slice;

use bytemuck::Pod;
use dlpark::ffi::{DLDataType, DLDeviceType};
use dlpark::python::consumer::{ImportRequest, ImportedDlpack};
use fid_core::{FeatureRows, FeatureSlice, FeatureStats, MomentAccumulator};
use half::{bf16, f16};
use pyo3::buffer::{ElementType, PyUntypedBuffer};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors::wrong;

/// The type of an array's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dtype {
    U8,
    F16,
    Bf16,
    F32,
    F64,
}

/// An array in C order whose memory belongs to another package.
///
/// It can be sent to another thread and read there without the GIL. As for functions of NumPy and PyTorch, nobody may
/// write to it meanwhile.
pub(crate) struct Array {
    owner: Owner,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
}

enum Owner {
    Buffer(PyUntypedBuffer),
    Dlpack(ImportedDlpack),
    /// A copy in C order.
    Copied(Vec<u8>),
}

impl Array {
    /// The array behind a Python object; `what` names it in errors.
    pub(crate) fn of(object: &Bound<'_, PyAny>, what: &str) -> PyResult<Self> {
        if let Ok(buffer) = PyUntypedBuffer::get(object) {
            return Self::of_buffer(object.py(), buffer, what);
        }
        if !object.hasattr("__dlpack__")? {
            let kind = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "{what}: {kind} is no array; NumPy's, and any with __dlpack__, such as PyTorch's and JAX's, are accepted"
            )));
        }
        let request = ImportRequest::new(object.as_borrowed())?;
        let device = request.device()?.device_type;
        if device != DLDeviceType::CPU && device != DLDeviceType::CUDAHOST {
            return Err(wrong(format!(
                "{what} is not in the memory of the CPU: copy it there first"
            )));
        }
        let tensor = request.import(None, None)?;
        let view = tensor.validate().map_err(wrong)?;
        if !view.is_compact().map_err(wrong)? {
            return Err(wrong(format!("{what} is not contiguous: pass .contiguous() of it")));
        }
        let dtype = match view.dtype() {
            DLDataType::U8 => Dtype::U8,
            DLDataType::F16 => Dtype::F16,
            DLDataType::BF16 => Dtype::Bf16,
            DLDataType::F32 => Dtype::F32,
            DLDataType::F64 => Dtype::F64,
            other => {
                return Err(wrong(format!(
                    "{what} has values of a type that is not read: {other:?}"
                )));
            }
        };
        let shape = view.shape().iter().map(|&axis| axis as usize).collect();
        Ok(Self { owner: Owner::Dlpack(tensor), dtype, shape })
    }

    fn of_buffer(py: Python<'_>, buffer: PyUntypedBuffer, what: &str) -> PyResult<Self> {
        let format = buffer.format().to_string_lossy().into_owned();
        let not_read = || {
            wrong(format!(
                "{what} has values of the type '{format}', which is not read: uint8 and floats in this machine's byte \
                 order are"
            ))
        };
        let (kind, size) = (ElementType::from_format(buffer.format()), buffer.item_size());
        let swapped = format.starts_with(if cfg!(target_endian = "little") {
            ['>', '!']
        } else {
            ['<', '<']
        });
        let dtype = match (kind, size) {
            _ if swapped && size > 1 => return Err(not_read()),
            (ElementType::UnsignedInteger { bytes: 1 }, 1) => Dtype::U8,
            (ElementType::Float { bytes: 4 }, 4) => Dtype::F32,
            (ElementType::Float { bytes: 8 }, 8) => Dtype::F64,
            (_, 2) if matches!(&*format, "e" | "@e" | "=e" | "<e") => Dtype::F16,
            _ => return Err(not_read()),
        };
        let shape = buffer.shape().to_vec();
        if buffer.is_c_contiguous() {
            return Ok(Self { owner: Owner::Buffer(buffer), dtype, shape });
        }
        let bytes = match dtype {
            Dtype::U8 => buffer.as_typed::<u8>()?.to_vec(py)?,
            Dtype::F32 => bytemuck::cast_slice(&buffer.as_typed::<f32>()?.to_vec(py)?).to_vec(),
            Dtype::F64 => bytemuck::cast_slice(&buffer.as_typed::<f64>()?.to_vec(py)?).to_vec(),
            Dtype::F16 | Dtype::Bf16 => {
                return Err(wrong(format!(
                    "{what} is not in C order: pass numpy.ascontiguousarray of it"
                )));
            }
        };
        Ok(Self { owner: Owner::Copied(bytes), dtype, shape })
    }

    /// The values in C order.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.owner {
            Owner::Copied(bytes) => bytes,
            Owner::Dlpack(tensor) => match tensor.validate() {
                #[expect(
                    unsafe_code,
                    reason = "memory of another package; compact and on the CPU, as checked before"
                )]
                Ok(view) => unsafe { view.cpu_bytes() }.unwrap_or_default(),
                Err(_) => &[],
            },
            Owner::Buffer(buffer) if buffer.len_bytes() == 0 => &[],
            Owner::Buffer(buffer) => {
                let (start, length) =
                    (buffer.buf_ptr().cast::<u8>().cast_const(), buffer.len_bytes());
                #[expect(
                    unsafe_code,
                    reason = "memory of another package, which the buffer keeps; in C order"
                )]
                unsafe {
                    slice::from_raw_parts(start, length)
                }
            }
        }
    }

    /// The values, which must be of the type `T`.
    pub(crate) fn values<T: Pod>(&self) -> Cow<'_, [T]> {
        match bytemuck::try_cast_slice(self.bytes()) {
            Ok(values) => Cow::Borrowed(values),
            // Not aligned.
            Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(self.bytes())),
        }
    }

    /// The shape `(rows, columns)`.
    pub(crate) fn matrix(&self, what: &str) -> PyResult<[usize; 2]> {
        <[usize; 2]>::try_from(&self.shape[..]).map_err(|_| {
            wrong(format!(
                "{what} has the shape {}, and (images, features) is needed: one row for each image",
                shape(&self.shape)
            ))
        })
    }

    /// Floats, `[rows, columns]`; `what` names them in errors.
    pub(crate) fn rows(self, what: &'static str) -> PyResult<Rows> {
        let [_, dim] = self.matrix(what)?;
        if self.dtype == Dtype::U8 {
            return Err(wrong(format!("{what} has uint8 values, and features are floats")));
        }
        if dim == 0 {
            return Err(wrong(format!("{what} has rows of no value")));
        }
        Ok(Rows { array: self, dim, what })
    }
}

/// Features of an array.
pub(crate) struct Rows {
    array: Array,
    pub(crate) dim: usize,
    what: &'static str,
}

impl Rows {
    /// Calls `use_rows` with the features.
    pub(crate) fn with<R>(
        &self,
        use_rows: impl FnOnce(&dyn FeatureRows) -> R,
    ) -> Result<R, fid_core::Error> {
        Ok(match self.array.dtype {
            Dtype::F64 => use_rows(&FeatureSlice::<f64>::new(&self.array.values(), self.dim)?),
            _ => use_rows(&FeatureSlice::<f32>::new(&self.floats(), self.dim)?),
        })
    }

    /// Mean and covariance, of few features with the features themselves.
    pub(crate) fn stats(&self) -> Result<FeatureStats, fid_core::Error> {
        match self.exact() {
            Ok(values) => {
                let mut moments = MomentAccumulator::new(self.dim)?;
                moments.update(&values)?;
                moments.finish()
            }
            Err(_) => self.with(FeatureStats::of_rows)?,
        }
    }

    /// Values of at most 32 bits.
    fn floats(&self) -> Cow<'_, [f32]> {
        match self.array.dtype {
            Dtype::F16 => self
                .array
                .values::<u16>()
                .iter()
                .map(|&bits| f16::from_bits(bits).to_f32())
                .collect(),
            Dtype::Bf16 => self
                .array
                .values::<u16>()
                .iter()
                .map(|&bits| bf16::from_bits(bits).to_f32())
                .collect(),
            _ => self.array.values(),
        }
    }

    /// The features as f32, which must hold them exactly.
    pub(crate) fn exact(&self) -> PyResult<Cow<'_, [f32]>> {
        if self.array.dtype != Dtype::F64 {
            return Ok(self.floats());
        }
        let rounded: Vec<f32> =
            self.array.values::<f64>().iter().map(|&value| value as f32).collect();
        let values = self.array.values::<f64>();
        let lossy =
            rounded.iter().zip(&*values).any(|(&new, &old)| f64::from(new) != old && !old.is_nan());
        if lossy {
            return Err(wrong(format!(
                "{} are float64 and would be rounded to float32, which networks compute: convert them yourself if that \
                 is meant",
                self.what
            )));
        }
        Ok(Cow::Owned(rounded))
    }
}

/// Values of f64, as of a mean or a covariance.
pub(crate) fn doubles(object: &Bound<'_, PyAny>, what: &str) -> PyResult<(Vec<f64>, Vec<usize>)> {
    let array = Array::of(object, what)?;
    let values = match array.dtype {
        Dtype::F64 => array.values::<f64>().into_owned(),
        Dtype::F32 => array.values::<f32>().iter().map(|&value| value.into()).collect(),
        _ => return Err(wrong(format!("{what} must be float64 or float32"))),
    };
    Ok((values, array.shape))
}

/// A shape as Python prints it.
pub(crate) fn shape(axes: &[usize]) -> String {
    let axes: Vec<_> = axes.iter().map(ToString::to_string).collect();
    match &axes[..] {
        [one] => format!("({one},)"),
        axes => format!("({})", axes.join(", ")),
    }
}
