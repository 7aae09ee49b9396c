//! Errors of feature files.

use std::io;
use std::path::PathBuf;

use fid_images::npy::NpyError;
use fid_images::npz::ArrayError;
use fid_images::zip::ZipError;

/// Why a feature file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {}", path.display(), if problem.is_write() { "written" } else { "used" })]
#[non_exhaustive]
pub struct FeatureError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    #[source]
    pub problem: FeatureProblem,
}

/// The cause of a [`FeatureError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureProblem {
    /// It cannot be read.
    #[error("cannot be read; give the path of a readable .npy or .npz file")]
    Open(#[source] io::Error),
    /// It is not a `.npy` file.
    #[error("is no .npy file of features, as np.save writes it, with one row for each image")]
    Npy(#[source] NpyError),
    /// It is a damaged or incomplete `.npz` file.
    #[error("is no .npz file, or only a part of one; save the features again")]
    Npz(#[source] ZipError),
    /// No array of an `.npz` file is known to be of features.
    #[error(
        "{}, but {}: features are an array 'features', or the only one of two axes; name another as \
         FILE.npz:NAME",
        match name {
            Some(name) => format!("has no array '{name}'"),
            None => "has no array that is known to be of features".into(),
        },
        if found.is_empty() { "is empty".to_owned() } else { found.join(", ") }
    )]
    NoFeatures {
        /// The array that was named.
        name: Option<String>,
        /// Names of the first arrays that the file has.
        found: Vec<String>,
    },
    /// An array of an `.npz` file cannot be unpacked.
    #[error("has an array '{name}' that cannot be read")]
    Array {
        /// The array.
        name: String,
        /// The cause.
        #[source]
        error: ArrayError,
    },
    /// The values have an unsupported type.
    #[error("has the type {found}, and features are f16, f32 or f64: save it with .astype('<f4')")]
    Dtype {
        /// The type in NumPy's notation.
        found: String,
    },
    /// The array is not a matrix.
    #[error("has the shape {found:?}, and features are [images, values of each]")]
    Shape {
        /// The shape.
        found: Vec<u64>,
    },
    /// It is shorter than its shape says.
    #[error("lacks {missing} bytes of what its shape says: it was not written to the end")]
    Length {
        /// Bytes that are missing.
        missing: usize,
    },
    /// It is longer than its shape says.
    #[error("has {bytes} bytes more than its shape says: write it again")]
    Excess {
        /// Bytes too many.
        bytes: usize,
    },
    /// The metric cannot be computed from the values.
    #[error(transparent)]
    Numbers(fid_core::Error),
    /// It cannot be written.
    #[error(transparent)]
    Write(io::Error),
}

impl FeatureProblem {
    fn is_write(&self) -> bool {
        matches!(self, Self::Write(_))
    }
}
