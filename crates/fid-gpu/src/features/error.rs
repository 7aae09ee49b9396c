//! Everything that can be wrong with a file of features.

use std::io;
use std::path::PathBuf;

use fid_images::npy::NpyError;

/// Why a file of features cannot be used, or not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
#[non_exhaustive]
pub struct FeatureError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: FeatureProblem,
}

/// What is wrong with a file of features.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureProblem {
    /// It cannot be read.
    #[error("cannot be read: {0}; give the path of a readable .npy file")]
    Open(io::Error),
    /// It is no `.npy` file.
    #[error("{0}; features are a .npy file, as np.save writes it, with one row for each image")]
    Npy(NpyError),
    /// The values have another type.
    #[error("has the type {found}, and features are f16, f32 or f64: save it with .astype('<f4')")]
    Dtype {
        /// The type in NumPy's notation.
        found: String,
    },
    /// It is not a matrix.
    #[error("has the shape {found:?}, and features are [images, values of each]")]
    Shape {
        /// The shape.
        found: Vec<u64>,
    },
    /// It ends before its shape says.
    #[error("lacks {missing} bytes of what its shape says: it was not written to the end")]
    Length {
        /// Bytes that are missing.
        missing: usize,
    },
    /// It goes on after what its shape says.
    #[error("has {bytes} bytes more than its shape says: write it again")]
    Excess {
        /// Bytes too many.
        bytes: usize,
    },
    /// The numbers are none of features.
    #[error("{0}")]
    Numbers(fid_core::Error),
    /// It cannot be written.
    #[error("cannot be written: {0}")]
    Write(io::Error),
}
