//! Reads statistics files. They may be hostile: only checked shapes decide how much memory is
//! allocated, whatever the archive and the headers claim.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use fid_core::{FeatureStats, MAX_RETAINED_ROWS};
use fid_images::npy::{Dtype, NpyError, read_header, read_values, require_dtype, require_shape};
use fid_images::zip::{Directory, Entry, ZipError};

use super::{
    META, MemberProblem, Members, POOL3, SPATIAL, SPATIAL_TAP, StatsError, StatsFile, StatsMeta,
};

/// The largest provenance that is read, in bytes; merges of hundreds of parts are far smaller.
const MAX_META: u64 = 1 << 20;

/// The most bytes that are read of the archive's directory: room for ten thousands of entries.
const OPENING: u64 = 2 << 20;

/// Names listed of an archive that lacks a member.
const NAMES_SHOWN: usize = 8;

/// Largest relative difference between the mean and the trace of kept features and those in the file,
/// which the same program computed from them.
const FEATURES_AGREE: f64 = 1e-9;

impl StatsFile {
    /// Reads statistics of features with `dim` values, from a file of this or another program:
    /// `mu` and `sigma` as little-endian f32 or f64 in either order, stored or deflated.
    ///
    /// # Errors
    /// [`StatsError`], which names the file and the member, for any other content.
    pub fn read(path: &Path, dim: usize) -> Result<Self, StatsError> {
        Self::parse(path, open(path)?, dim, None)
    }

    /// Like [`read`](Self::read), but reads `mu_s` and `sigma_s` as well if the file has them, of
    /// features with `spatial` values: sFID's have 2023.
    ///
    /// # Errors
    /// As [`read`](Self::read); and if the file has only one of the two.
    pub fn read_spatial(path: &Path, dim: usize, spatial: usize) -> Result<Self, StatsError> {
        Self::parse(path, open(path)?, dim, Some(spatial))
    }

    /// Reads statistics from any reader of such a file. `path` names it in errors.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_from(path: &Path, file: impl Read + Seek, dim: usize) -> Result<Self, StatsError> {
        Self::parse(path, file, dim, None)
    }

    fn parse(
        path: &Path,
        mut file: impl Read + Seek,
        dim: usize,
        spatial: Option<usize>,
    ) -> Result<Self, StatsError> {
        let entries = Directory::read(&mut file, OPENING)
            .and_then(|directory| directory.entries().collect::<Result<Vec<_>, ZipError>>())
            .map_err(|cause| StatsError::NotNpz { path: path.into(), cause })?;
        let mut reader = Reader { path, file, entries };

        let meta = if reader.has(META) { Some(reader.with(META, read_meta)?) } else { None };
        let images = meta.as_ref().map(|meta| meta.images);
        let stats = reader.stats(POOL3, dim, images)?;
        let there = reader.has(SPATIAL.mu) || reader.has(SPATIAL.sigma);
        let spatial = match spatial.filter(|_| there) {
            Some(dim) => {
                require_spatial_tap(path, meta.as_ref())?;
                Some(reader.stats(SPATIAL, dim, images)?)
            }
            None => None,
        };
        Ok(Self { stats, spatial, meta })
    }
}

fn open(path: &Path) -> Result<BufReader<File>, StatsError> {
    let file = File::open(path).map_err(|cause| StatsError::Open { path: path.into(), cause })?;
    Ok(BufReader::new(file))
}

/// Refuses spatial features of another layer, which a later version may write.
fn require_spatial_tap(path: &Path, meta: Option<&StatsMeta>) -> Result<(), StatsError> {
    let tap = meta.and_then(|meta| meta.tap_s.as_deref());
    let Some(found) = tap.filter(|&tap| tap != SPATIAL_TAP) else { return Ok(()) };
    let message = format!("'mu_s' is of the layer '{}', not {SPATIAL_TAP}", found.escape_debug());
    let problem = MemberProblem::Meta { message };
    Err(StatsError::Member { path: path.into(), member: META, problem })
}

struct Reader<'a, F> {
    path: &'a Path,
    file: F,
    entries: Vec<Entry>,
}

impl<F: Read + Seek> Reader<'_, F> {
    /// Mean and covariance of features with `dim` values; `images` is their number if known.
    fn stats(
        &mut self,
        members: Members,
        dim: usize,
        images: Option<u64>,
    ) -> Result<FeatureStats, StatsError> {
        let (path, d) = (self.path, dim as u64);
        let mu = self.with(members.mu, |member| read_floats(member, &[d]))?;
        let sigma = self.with(members.sigma, |member| read_floats(member, &[d, d]))?;
        let numbers = |error| StatsError::Numbers {
            path: path.into(),
            members: [members.mu, members.sigma],
            error,
        };
        let stats = FeatureStats::from_mu_sigma(mu, sigma, images).map_err(numbers)?;

        let few = images.filter(|&images| images <= dim.min(MAX_RETAINED_ROWS) as u64);
        let Some(images) = few.filter(|_| self.has(members.features)) else { return Ok(stats) };
        let rows = self.with(members.features, |member| read_rows(member, images, dim))?;
        let exact = FeatureStats::from_features(&rows, dim).map_err(numbers)?;
        if !agree(&exact, &stats) {
            let Members { mu, sigma, features } = members;
            return Err(StatsError::Contradiction { path: path.into(), mu, sigma, features });
        }
        Ok(exact)
    }

    /// Finds a member with or without the ending `.npy`, as np.load does.
    fn entry(&self, name: &str) -> Option<&Entry> {
        let find = |name: &str| self.entries.iter().find(|entry| *entry.name == *name.as_bytes());
        find(&format!("{name}.npy")).or_else(|| find(name))
    }

    fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Opens a member and lets `read` read it; errors name file and member.
    fn with<T>(
        &mut self,
        member: &'static str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, MemberProblem>,
    ) -> Result<T, StatsError> {
        let path = self.path.to_path_buf();
        let Some(entry) = self.entry(member) else {
            let entries = self.entries.iter().take(NAMES_SHOWN);
            let found = entries.map(|entry| format!("'{}'", entry.name.escape_ascii())).collect();
            return Err(StatsError::NoMember { path, member, found });
        };
        let result = match entry.member.clone() {
            Ok(member) => member
                .read(&mut self.file)
                .map_err(MemberProblem::Unpack)
                .and_then(|mut content| read(&mut content)),
            Err(problem) => Err(problem.into()),
        };
        result.map_err(|problem| StatsError::Member { path, member, problem })
    }
}

/// Reads f64 or f32 in either order of axes: `mu` has one axis, and `sigma` is symmetric, which the
/// caller checks.
fn read_floats(mut member: &mut dyn Read, shape: &[u64]) -> Result<Vec<f64>, MemberProblem> {
    let header = read_header(&mut member)?;
    let dtype = require_dtype(&header, &[Dtype::F64, Dtype::F32])?;
    require_shape(&header, shape)?;
    // The caller's shape, not the file's.
    let count = shape.iter().product::<u64>() as usize;
    Ok(match dtype {
        Dtype::F32 => read_values(&mut member, count, |bytes| f64::from(f32::from_le_bytes(bytes))),
        _ => read_values(&mut member, count, f64::from_le_bytes),
    }?)
}

/// Reads row-major `[images, dim]`; the caller bounds `images`.
fn read_rows(
    mut member: &mut dyn Read,
    images: u64,
    dim: usize,
) -> Result<Vec<f32>, MemberProblem> {
    let header = read_header(&mut member)?;
    require_dtype(&header, &[Dtype::F32])?;
    require_shape(&header, &[images, dim as u64])?;
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
            return Err(NpyError::Shape { found: header.shape, expected }.into());
        }
    };
    let json = read_values(&mut member, length, |[byte]: [u8; 1]| byte)?;
    StatsMeta::from_json(&json)
}

fn agree(a: &FeatureStats, b: &FeatureStats) -> bool {
    let largest = a.mu().iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut means = a.mu().iter().zip(b.mu());
    means.all(|(a, b)| (a - b).abs() <= FEATURES_AGREE * largest)
        && (a.trace() - b.trace()).abs() <= FEATURES_AGREE * a.trace()
}
