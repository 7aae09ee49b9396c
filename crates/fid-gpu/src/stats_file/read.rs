//! Reading statistics files. A file comes from anywhere: nothing is allocated that a checked shape
//! does not ask for, whatever the archive and the headers claim.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use fid_core::{FeatureStats, MAX_RETAINED_ROWS};
use zip::ZipArchive;

use super::limited::Limited;
use super::npy::{read_header, read_values, require_dtype};
use super::{Dtype, FEATURES, META, MU, MemberProblem, SIGMA, StatsError, StatsFile, StatsMeta};

/// The largest provenance that is read, in bytes; a merge of hundreds of parts is far below.
const MAX_META: u64 = 1 << 20;

/// The most bytes that are read until the archive is open: those of ten thousands of entries.
const OPENING: u64 = 2 << 20;

/// Names shown of an archive that has not the one looked for.
const NAMES_SHOWN: usize = 8;

/// How far the mean and the trace of kept features may be from those in the file, which the same
/// program computed from them.
const FEATURES_AGREE: f64 = 1e-9;

impl StatsFile {
    /// Reads statistics of features with `dim` values, from a file of this or another program:
    /// `mu` and `sigma` as little-endian f32 or f64 in either order, stored or deflated.
    ///
    /// # Errors
    /// [`StatsError`], with the file and the member, where anything else is found.
    pub fn read(path: &Path, dim: usize) -> Result<Self, StatsError> {
        let file =
            File::open(path).map_err(|cause| StatsError::Open { path: path.into(), cause })?;
        Self::read_from(path, BufReader::new(file), dim)
    }

    /// Reads statistics from anything that holds such a file. `path` names it in errors.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_from(path: &Path, file: impl Read + Seek, dim: usize) -> Result<Self, StatsError> {
        let (file, limit) = Limited::new(file, OPENING);
        let archive = ZipArchive::new(file)
            .map_err(|error| StatsError::NotNpz { path: path.into(), cause: error.to_string() })?;
        limit.lift();
        let mut reader = Reader { path, archive };

        let meta = if reader.has(META) { Some(reader.with(META, read_meta)?) } else { None };
        let d = dim as u64;
        let mu = reader.with(MU, |member| read_floats(member, &[d]))?;
        let sigma = reader.with(SIGMA, |member| read_floats(member, &[d, d]))?;
        let images = meta.as_ref().map(|meta| meta.images);
        let numbers = |error| StatsError::Numbers { path: path.into(), error };
        let mut stats = FeatureStats::from_mu_sigma(mu, sigma, images).map_err(numbers)?;

        let few = images.filter(|&images| images <= dim.min(MAX_RETAINED_ROWS) as u64);
        if let Some(images) = few.filter(|_| reader.has(FEATURES)) {
            let rows = reader.with(FEATURES, |member| read_rows(member, images, dim))?;
            let exact = FeatureStats::from_features(&rows, dim).map_err(numbers)?;
            if !agree(&exact, &stats) {
                return Err(StatsError::Contradiction { path: path.into() });
            }
            stats = exact;
        }
        Ok(Self { stats, meta })
    }
}

struct Reader<'a, F> {
    path: &'a Path,
    archive: ZipArchive<F>,
}

impl<F: Read + Seek> Reader<'_, F> {
    /// As np.load: with the ending or without.
    fn index(&self, name: &str) -> Option<usize> {
        let with_ending = self.archive.index_for_name(&format!("{name}.npy"));
        with_ending.or_else(|| self.archive.index_for_name(name))
    }

    fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// Opens a member, lets `read` read it, and names file and member in what goes wrong.
    fn with<T>(
        &mut self,
        member: &'static str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, MemberProblem>,
    ) -> Result<T, StatsError> {
        let path = self.path.to_path_buf();
        let Some(index) = self.index(member) else {
            let names = self.archive.file_names_raw().take(NAMES_SHOWN);
            let found = names.map(|name| format!("'{}'", name.escape_ascii())).collect();
            return Err(StatsError::NoMember { path, member, found });
        };
        let result = match self.archive.by_index(index) {
            Ok(mut file) => read(&mut file),
            Err(error) => Err(MemberProblem::Unpack { message: error.to_string() }),
        };
        result.map_err(|problem| StatsError::Member { path, member, problem })
    }
}

/// Order is not asked for: `mu` has one dimension, and `sigma` is symmetric, which is checked later.
fn read_floats(mut member: &mut dyn Read, shape: &[u64]) -> Result<Vec<f64>, MemberProblem> {
    let header = read_header(&mut member)?;
    let dtype = require_dtype(&header, &[Dtype::F64, Dtype::F32])?;
    require_shape(&header.shape, shape)?;
    // The caller's shape, not the file's.
    let count = shape.iter().product::<u64>() as usize;
    match dtype {
        Dtype::F32 => read_values(&mut member, count, |bytes| f64::from(f32::from_le_bytes(bytes))),
        _ => read_values(&mut member, count, f64::from_le_bytes),
    }
}

/// Row-major `[images, dim]`; `images` is small, see the caller.
fn read_rows(
    mut member: &mut dyn Read,
    images: u64,
    dim: usize,
) -> Result<Vec<f32>, MemberProblem> {
    let header = read_header(&mut member)?;
    require_dtype(&header, &[Dtype::F32])?;
    require_shape(&header.shape, &[images, dim as u64])?;
    let images = images as usize;
    let values = read_values(&mut member, images * dim, f32::from_le_bytes)?;
    if !header.fortran {
        return Ok(values);
    }
    let rows = (0..images).flat_map(|row| values.iter().skip(row).step_by(images).copied());
    Ok(rows.collect())
}

fn read_meta(mut member: &mut dyn Read) -> Result<StatsMeta, MemberProblem> {
    let header = read_header(&mut member)?;
    require_dtype(&header, &[Dtype::U8])?;
    let length = match header.shape[..] {
        [length] if length <= MAX_META => length as usize,
        _ => {
            let expected = format!("one dimension of at most {MAX_META} bytes");
            return Err(MemberProblem::Shape { found: header.shape, expected });
        }
    };
    let json = read_values(&mut member, length, |[byte]: [u8; 1]| byte)?;
    StatsMeta::from_json(&json)
}

fn require_shape(found: &[u64], expected: &[u64]) -> Result<(), MemberProblem> {
    if found == expected {
        return Ok(());
    }
    Err(MemberProblem::Shape { found: found.into(), expected: format!("{expected:?}") })
}

fn agree(a: &FeatureStats, b: &FeatureStats) -> bool {
    let largest = a.mu().iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut means = a.mu().iter().zip(b.mu());
    means.all(|(a, b)| (a - b).abs() <= FEATURES_AGREE * largest)
        && (a.trace() - b.trace()).abs() <= FEATURES_AGREE * a.trace()
}
