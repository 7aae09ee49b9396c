//! Errors of the library as Python exceptions, which `fid_gpu/_errors.py` declares.

use std::path::Path;

use fid_gpu::Error;
use fid_images::decode::DecodeError;
use pyo3::PyErr;
use pyo3::import_exception;

import_exception!(fid_gpu._errors, BadImage);
import_exception!(fid_gpu._errors, BadWeights);
import_exception!(fid_gpu._errors, DeviceError);
import_exception!(fid_gpu._errors, FidGpuError);
import_exception!(fid_gpu._errors, ForkedProcess);
import_exception!(fid_gpu._errors, InputError);
import_exception!(fid_gpu._errors, NotComparable);
import_exception!(fid_gpu._errors, TooFewImages);
import_exception!(fid_gpu._errors, WeightsMissing);

/// The exception for an error of the library, with its causes in the message.
pub(crate) fn exception(error: Error) -> PyErr {
    use fid_core::Error as Core;
    let text = error.chain();
    match &error {
        Error::Decode(DecodeError::Read { source, .. }) if source.raw_os_error().is_none() => {
            InputError::new_err(text)
        }
        Error::Decode(cause) => bad_image(text, cause.path()),
        Error::NotFinite { path, .. } => bad_image(text, path),
        error if error.is_not_comparable() => NotComparable::new_err(text),
        Error::TooFew { .. }
        | Error::TooFewFor { .. }
        | Error::TooFewInShard { .. }
        | Error::TooFewToSample { .. }
        | Error::NothingLeft { .. }
        | Error::Core(
            Core::TooFewImages { .. } | Core::NotEnoughImages { .. } | Core::Neighbours { .. },
        ) => TooFewImages::new_err(text),
        Error::NoWeights(_) | Error::Download(_) => WeightsMissing::new_err(text),
        Error::Weights(_) | Error::Verify(_) => BadWeights::new_err(text),
        Error::Device(_)
        | Error::Engine(_)
        | Error::DeviceLost { .. }
        | Error::OutOfMemory { .. } => DeviceError::new_err(text),
        Error::Panic { .. } | Error::Page { .. } | Error::Cache { .. } => {
            FidGpuError::new_err(text)
        }
        _ => InputError::new_err(text),
    }
}

fn bad_image(text: String, path: &Path) -> PyErr {
    BadImage::new_err((text, path.to_path_buf()))
}

/// The exception for an argument that cannot be parsed or used.
pub(crate) fn wrong(error: impl std::fmt::Display) -> PyErr {
    InputError::new_err(error.to_string())
}
