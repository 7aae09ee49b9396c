//! Features of any network in `.npy` and `.npz` files: one vector for each image, sound or cell.
//!
//! Files are memory-mapped: a metric reads only the rows it needs, and memory does not grow with the
//! file. A compressed array of an `.npz` file is unpacked into memory.

mod compare;
mod error;
#[cfg(test)]
mod tests;
mod write;

use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use fid_core::{FeatureRows, FeatureStats};
use fid_images::npy::{Float, read_header};
use fid_images::npz::{ArrayError, Npz, NpzContent};
use fid_weights::MappedFile;

pub use self::compare::{FeaturePair, FrechetReport};
pub use self::error::{FeatureError, FeatureProblem};
pub(crate) use self::write::save_rows;

/// Feature vectors in a file: `[n, d]` in f16, f32 or f64, of either byte order, in C or Fortran
/// order. Trailing axes of length 1, as of pooled images, are ignored.
///
/// The file is a `.npy`, or a `.npz` with an array `features`, `feats` (clean-fid) or another known
/// name, `arr_0` or only one of two axes. The path `file.npz:name` names an array in it.
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
    bytes: Bytes,
    /// Where the values are in `bytes`.
    values: Range<usize>,
    rows: usize,
    dim: usize,
    fortran: bool,
    value: Float,
}

/// The bytes of a file, or of an unpacked array.
#[derive(Debug)]
enum Bytes {
    Mapped(MappedFile),
    Unpacked(Vec<u8>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Unpacked(bytes) => bytes,
        }
    }
}

impl FeatureFile {
    /// Opens a file and checks its header and its length. Metrics check the values.
    ///
    /// # Errors
    ///
    /// [`FeatureError`], which names the file, if it cannot be read or contains something else.
    pub fn open(path: &Path) -> Result<Self, FeatureError> {
        let failed = |problem| FeatureError { path: path.into(), problem };
        let (file, array) = match of_array(path) {
            Some((file, array)) => (file, Some(array)),
            None => (path, None),
        };
        let map = MappedFile::open(file).map_err(|cause| failed(FeatureProblem::Open(cause)))?;
        let (bytes, range) = if array.is_some() || map.starts_with(ZIP) {
            array_of(map, array).map_err(failed)?
        } else {
            let range = 0..map.len();
            (Bytes::Mapped(map), range)
        };
        Self::parse(path, bytes, range).map_err(failed)
    }

    /// Features in the array at `range` of `bytes`.
    fn parse(path: &Path, bytes: Bytes, range: Range<usize>) -> Result<Self, FeatureProblem> {
        let mut rest = &bytes.get()[range.clone()];
        let header = read_header(&mut rest).map_err(FeatureProblem::Npy)?;
        let value = Float::of(&header.descr)
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
        let needed = rows.checked_mul(dim).and_then(|values| values.checked_mul(value.size()));
        let needed = needed.ok_or_else(shape)?;
        if needed > rest.len() {
            return Err(FeatureProblem::Length { missing: needed - rest.len() });
        }
        if needed < rest.len() {
            return Err(FeatureProblem::Excess { bytes: rest.len() - needed });
        }
        let values = range.end - needed..range.end;
        Ok(Self { path: path.into(), bytes, values, rows, dim, fortran: header.fortran, value })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Mean and covariance.
    ///
    /// # Errors
    ///
    /// [`FeatureError`] for fewer than two vectors, and if a value is NaN or infinite.
    pub fn stats(&self) -> Result<FeatureStats, FeatureError> {
        FeatureStats::of_rows(self).map_err(|error| self.error(error))
    }

    /// Adds the file's name to an error.
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
        // Place of the row's first value, and the distance to the next.
        let (first, step) = if self.fortran { (row, self.rows) } else { (row * self.dim, 1) };
        let bytes = &self.bytes.get()[self.values.clone()][first * self.value.size()..];
        let values = bytes.chunks(self.value.size() * step);
        for (out, bytes) in out.iter_mut().zip(values) {
            *out = self.value.read(bytes);
        }
    }
}

/// The first bytes of a zip archive, which an `.npz` is, also of an empty one.
const ZIP: &[u8] = b"PK";

/// File and array of a path such as `features.npz:pool_3`.
fn of_array(path: &Path) -> Option<(&Path, &str)> {
    let (file, array) = path.to_str()?.rsplit_once(':')?;
    let file = Path::new(file);
    (file.extension()?.eq_ignore_ascii_case("npz") && !path.exists()).then_some((file, array))
}

/// The bytes of an array of features in an archive: `name`, or the one that is known as such.
fn array_of(map: MappedFile, name: Option<&str>) -> Result<(Bytes, Range<usize>), FeatureProblem> {
    let npz = Npz::read(Cursor::new(&map[..])).map_err(FeatureProblem::Npz)?;
    let known = npz.features().map(|array| array.name.clone());
    let name = match (name, npz.content()) {
        (Some(name), _) => Some(name.to_owned()),
        (None, NpzContent::Features { name }) => Some(name),
        (None, _) => known,
    };
    let array = name.as_deref().and_then(|name| npz.array(name)).cloned();
    let Some(array) = array else {
        let found = npz.arrays().iter().take(NAMES_SHOWN).map(|array| array.name.clone()).collect();
        return Err(FeatureProblem::NoFeatures { name, found });
    };
    let failed = |error| FeatureProblem::Array { name: array.name.clone(), error };
    array.require_plausible_size().map_err(failed)?;
    let mut reader = array.open(Cursor::new(&map[..])).map_err(failed)?;
    let member = array.member.clone().map_err(|problem| failed(problem.into()))?;
    if member.is_stored() {
        let start = member.data_start(&mut Cursor::new(&map[..]));
        let start = start.map_err(|cause| failed(ArrayError::Unpack(cause)))? as usize;
        let range = start..start + member.size() as usize;
        return Ok((Bytes::Mapped(map), range));
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|cause| failed(ArrayError::Unpack(cause)))?;
    let range = 0..bytes.len();
    Ok((Bytes::Unpacked(bytes), range))
}

/// Names listed of an archive without features.
const NAMES_SHOWN: usize = 8;
