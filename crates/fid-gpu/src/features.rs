//! Features of any network, in `.npy` files: one vector for each image, or sound, or cell.
//!
//! A file is mapped, so that a metric reads what it needs and memory does not grow with the file.

mod compare;
mod error;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};

use fid_core::{FeatureRows, FeatureStats};
use fid_images::npy::read_header;
use fid_weights::MappedFile;

pub use self::compare::{FeaturePair, FrechetReport};
pub use self::error::{FeatureError, FeatureProblem};
pub(crate) use self::write::save_rows;

/// Feature vectors in a `.npy` file: `[n, d]` in f16, f32 or f64, of either byte order and in either
/// order of axes. Axes of length 1 behind the second, as of pooled images, count as none.
///
/// ```
/// use fid_gpu::features::FeatureFile;
///
/// # let folder = temp_dir::TempDir::new()?;
/// # let path = folder.child("features.npy");
/// # let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
/// # let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
/// # bytes.extend(format!("{header:117}\n").into_bytes());
/// # bytes.extend([0.0f32, 1.0, 4.0, 3.0].iter().flat_map(|value| value.to_le_bytes()));
/// # std::fs::write(&path, bytes)?;
/// let features = FeatureFile::open(&path)?;
/// assert_eq!(features.stats()?.mu(), [2.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FeatureFile {
    path: PathBuf,
    map: MappedFile,
    start: usize,
    rows: usize,
    dim: usize,
    fortran: bool,
    value: Value,
}

/// How a value lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value {
    bytes: usize,
    big_endian: bool,
}

impl Value {
    fn of(descr: &str) -> Option<Self> {
        let (order, kind) = descr.split_at_checked(1)?;
        let big_endian = match order {
            "<" | "=" => false,
            ">" => true,
            _ => return None,
        };
        let bytes = match kind {
            "f2" => 2,
            "f4" => 4,
            "f8" => 8,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// The value of the first bytes of `bytes`.
    fn read(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        let word = &mut word[..self.bytes];
        word.copy_from_slice(&bytes[..self.bytes]);
        if self.big_endian {
            word.reverse();
        }
        match *word {
            [a, b] => half::f16::from_le_bytes([a, b]).to_f64(),
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => unreachable!("a value has 2, 4 or 8 bytes"),
        }
    }
}

impl FeatureFile {
    /// Opens a file and checks its header and its length; values are checked where they are used.
    ///
    /// # Errors
    ///
    /// [`FeatureError`], which names the file, where it cannot be read or holds something else.
    pub fn open(path: &Path) -> Result<Self, FeatureError> {
        let failed = |problem| FeatureError { path: path.into(), problem };
        let map = MappedFile::open(path).map_err(|cause| failed(FeatureProblem::Open(cause)))?;
        Self::parse(path, map).map_err(failed)
    }

    fn parse(path: &Path, map: MappedFile) -> Result<Self, FeatureProblem> {
        let mut rest = &map[..];
        let header = read_header(&mut rest).map_err(FeatureProblem::Npy)?;
        let start = map.len() - rest.len();
        let value = Value::of(&header.descr)
            .ok_or_else(|| FeatureProblem::Dtype { found: header.descr.clone() })?;
        let shape = || FeatureProblem::Shape { found: header.shape.clone() };
        let Some((&[rows, dim], more)) = header.shape.split_first_chunk() else {
            return Err(shape());
        };
        if more.iter().any(|&axis| axis != 1) {
            return Err(shape());
        }
        let size = |value: u64| usize::try_from(value).map_err(|_| shape());
        let (rows, dim) = (size(rows)?, size(dim)?);
        if rows == 0 || dim == 0 {
            return Err(shape());
        }
        let bytes = rows.checked_mul(dim).and_then(|values| values.checked_mul(value.bytes));
        match bytes.ok_or_else(shape)? {
            bytes if bytes > rest.len() => {
                Err(FeatureProblem::Length { missing: bytes - rest.len() })
            }
            bytes if bytes < rest.len() => {
                Err(FeatureProblem::Excess { bytes: rest.len() - bytes })
            }
            _ => Ok(Self {
                path: path.into(),
                map,
                start,
                rows,
                dim,
                fortran: header.fortran,
                value,
            }),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Mean and covariance.
    ///
    /// # Errors
    ///
    /// [`FeatureError`] for fewer than two vectors, and where a value is not a number.
    pub fn stats(&self) -> Result<FeatureStats, FeatureError> {
        FeatureStats::of_rows(self).map_err(|error| self.error(error))
    }

    /// What is wrong with the numbers, with the file's name.
    pub(crate) fn error(&self, error: fid_core::Error) -> FeatureError {
        FeatureError { path: self.path.clone(), problem: FeatureProblem::Numbers(error) }
    }
}

impl FeatureRows for FeatureFile {
    fn num_rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, row: usize, out: &mut [f64]) {
        assert!(row < self.rows && out.len() == self.dim);
        // Values to the first of the row, and from one to the next.
        let (first, step) = if self.fortran { (row, self.rows) } else { (row * self.dim, 1) };
        let bytes = &self.map[self.start + first * self.value.bytes..];
        let values = bytes.chunks(self.value.bytes * step);
        for (out, bytes) in out.iter_mut().zip(values) {
            *out = self.value.read(bytes);
        }
    }
}
