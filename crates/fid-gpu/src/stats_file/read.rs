//! Reads statistics files. They may be hostile: only checked shapes decide how much memory is
//! allocated, whatever the archive and the headers claim.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use fid_core::{FeatureStats, MAX_RETAINED_ROWS};
use fid_images::npy::{NpyError, is_object, read_header};
use fid_images::npz::{ArrayError, Npz, NpzContent};

use super::arrays::{axes, read_floats, read_meta, read_rows};
use super::pickled::{pickled_array, pickled_values};
use super::pickled_stats::{PickledStats, Wanted, is_pickle_name};
use super::{
    META, MemberProblem, Members, SPATIAL, SPATIAL_TAP, StatsError, StatsFile, StatsMeta, pool3,
};

/// The largest dimension that is read: a covariance of this size takes 512 MiB.
const MAX_DIM: u64 = 8192;

/// Names listed of an archive that lacks a member.
const NAMES_SHOWN: usize = 8;

/// Largest relative difference between the mean and the trace of kept features and those in the file,
/// which the same program computed from them in f64.
const FEATURES_AGREE: f64 = 1e-9;

/// The same where a mean in f32, or sums of a device, are compared.
const ROUNDED_FEATURES_AGREE: f64 = 1e-5;

impl StatsFile {
    /// Reads statistics of features with `dim` values, from a file of this or another program: a mean
    /// and a covariance of f16, f32 or f64, in either byte order and either order of axes, stored or
    /// deflated; `mu` and `sigma`, or under other names that are known, such as `mean` and `cov`. Axes
    /// of length 1 are ignored.
    ///
    /// # Errors
    /// [`StatsError`], which names the file and the member, for any other content.
    pub fn read(path: &Path, dim: usize) -> Result<Self, StatsError> {
        Self::pickled_or(path, dim, || StatsReader::open(path)?.read(dim, None, false))
    }

    /// Like [`read`](Self::read), but reads `mu_s` and `sigma_s` as well if the file has them, of
    /// features with `spatial` values: sFID's have 2023.
    ///
    /// # Errors
    /// As [`read`](Self::read); and if the file has only one of the two.
    pub fn read_spatial(path: &Path, dim: usize, spatial: usize) -> Result<Self, StatsError> {
        StatsReader::open(path)?.read(dim, Some(spatial), false)
    }

    /// Like [`read`](Self::read), but reads [the features](Self::features) as well if the file has
    /// them: 4 bytes for each value.
    ///
    /// # Errors
    /// As [`read`](Self::read); and if the features do not have the mean and the variances of the
    /// file.
    pub fn read_features(path: &Path, dim: usize) -> Result<Self, StatsError> {
        Self::pickled_or(path, dim, || StatsReader::open(path)?.read(dim, None, true))
    }

    /// Reads statistics from any reader of such a file, with the features if there are any. `path`
    /// names it in errors.
    ///
    /// # Errors
    /// As [`read_features`](Self::read_features).
    pub fn read_from(path: &Path, file: impl Read + Seek, dim: usize) -> Result<Self, StatsError> {
        StatsReader::new(path, file)?.read(dim, None, true)
    }

    /// Number of values in the feature vectors behind a file's statistics.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn dim_of(path: &Path) -> Result<usize, StatsError> {
        if is_pickle_name(path) {
            return Ok(PickledStats::read(path, Wanted::Encoder("inception"))?.file.stats.dim());
        }
        StatsReader::open(path)?.dim()
    }

    /// The statistics of Inception in a pickle, or those that `read` returns.
    fn pickled_or(
        path: &Path,
        dim: usize,
        read: impl FnOnce() -> Result<Self, StatsError>,
    ) -> Result<Self, StatsError> {
        if !is_pickle_name(path) {
            return read();
        }
        let file = PickledStats::read(path, Wanted::Encoder("inception"))?.file;
        if file.stats.dim() != dim {
            let (found, expected) = (vec![file.stats.dim() as u64], format!("[{dim}]"));
            let problem = NpyError::Shape { found, expected }.into();
            return Err(StatsError::Member { path: path.into(), member: "mu".into(), problem });
        }
        Ok(file)
    }
}

/// A statistics file whose directory and provenance were read.
pub(crate) struct StatsReader<'a, F> {
    path: &'a Path,
    npz: Npz<F>,
    /// Names of the statistics of FID.
    names: Members,
    meta: Option<StatsMeta>,
}

impl<'a> StatsReader<'a, BufReader<File>> {
    pub(crate) fn open(path: &'a Path) -> Result<Self, StatsError> {
        let file =
            File::open(path).map_err(|cause| StatsError::Open { path: path.into(), cause })?;
        Self::new(path, BufReader::new(file))
    }
}

impl<'a, F: Read + Seek> StatsReader<'a, F> {
    fn new(path: &'a Path, file: F) -> Result<Self, StatsError> {
        let npz =
            Npz::read(file).map_err(|cause| StatsError::NotNpz { path: path.into(), cause })?;
        let names = match npz.content() {
            NpzContent::Statistics { mu, sigma } => Members { mu, sigma, ..pool3() },
            NpzContent::Objects { name } => return Err(pickled_array(path, &name)),
            _ => pool3(),
        };
        let mut reader = Self { path, npz, names, meta: None };
        if reader.npz.has(META) {
            reader.meta = Some(reader.with(META, read_meta)?);
        }
        Ok(reader)
    }

    /// The file's record of its origin.
    pub(crate) fn meta(&self) -> Option<&StatsMeta> {
        self.meta.as_ref()
    }

    /// Number of values in the feature vectors behind the statistics.
    pub(crate) fn dim(&mut self) -> Result<usize, StatsError> {
        let mu = self.names.mu.clone();
        self.with(&mu, |mut member| {
            let header = read_header(&mut member)?;
            match axes(&header)[..] {
                [] => Ok(1),
                [dim @ 1..=MAX_DIM] => Ok(dim as usize),
                _ => {
                    let expected = format!("one axis of at most {MAX_DIM} values");
                    Err(NpyError::Shape { found: header.shape, expected }.into())
                }
            }
        })
    }

    /// Reads the statistics of features with `dim` values. Also reads those of sFID with `spatial`
    /// values, and the features of every image, if they are wanted and present.
    pub(crate) fn read(
        mut self,
        dim: usize,
        spatial: Option<usize>,
        features: bool,
    ) -> Result<StatsFile, StatsError> {
        let stats = self.stats(&self.names.clone(), dim)?;
        let there = self.npz.has(SPATIAL[0]) || self.npz.has(SPATIAL[1]);
        let spatial = match spatial.filter(|_| there) {
            Some(dim) => {
                require_spatial_tap(self.path, self.meta.as_ref())?;
                Some(self.stats(&Members::from(SPATIAL), dim)?)
            }
            None => None,
        };
        let wanted = features && stats.rows().is_none();
        let rows = if wanted { self.rows_of(&stats)? } else { None };
        Ok(StatsFile { stats, spatial, features: rows.map(Arc::new), meta: self.meta })
    }

    /// Mean and covariance of features with `dim` values.
    fn stats(&mut self, members: &Members, dim: usize) -> Result<FeatureStats, StatsError> {
        let (path, d) = (self.path, dim as u64);
        let images = self.meta.as_ref().map(|meta| meta.images);
        let mu = self.with(&members.mu, |member| read_floats(member, &[d]))?;
        let sigma = self.with(&members.sigma, |member| read_floats(member, &[d, d]))?;
        let numbers = |error| StatsError::Numbers {
            path: path.into(),
            members: Box::new([members.mu.clone(), members.sigma.clone()]),
            error,
        };
        let stats = FeatureStats::from_mu_sigma(mu, sigma, images).map_err(numbers)?;

        let few = images.filter(|&images| images <= dim.min(MAX_RETAINED_ROWS) as u64);
        let Some(images) = few.filter(|_| self.npz.has(&members.features)) else {
            return Ok(stats);
        };
        let rows = self.with(&members.features, |member| read_rows(member, Some(images), dim))?;
        let exact = FeatureStats::from_features(&rows, dim).map_err(numbers)?;
        if !agree((exact.mu(), exact.trace()), &stats, FEATURES_AGREE) {
            return Err(contradiction(path, members));
        }
        Ok(exact)
    }

    /// The features behind `stats`, if the file has any.
    fn rows_of(&mut self, stats: &FeatureStats) -> Result<Option<Vec<f32>>, StatsError> {
        let Some(array) = self.npz.features() else { return Ok(None) };
        let members = Members { features: array.name.clone(), ..self.names.clone() };
        let member = |problem| StatsError::Member {
            path: self.path.into(),
            member: members.features.clone(),
            problem,
        };
        array.require_plausible_size().map_err(|error| member(error.into()))?;
        let (images, dim) = (self.meta.as_ref().map(|meta| meta.images), stats.dim());
        let rows = self.with(&members.features, |member| read_rows(member, images, dim))?;
        let found = mean_and_trace(&rows, dim);
        if !agree((&found.0, found.1), stats, ROUNDED_FEATURES_AGREE) {
            return Err(contradiction(self.path, &members));
        }
        Ok(Some(rows))
    }

    /// Opens a member and lets `read` read it; errors name file and member.
    fn with<T>(
        &mut self,
        member: &str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, MemberProblem>,
    ) -> Result<T, StatsError> {
        let path = self.path;
        let Some(opened) = self.npz.open(member) else {
            let arrays = self.npz.arrays().iter().take(NAMES_SHOWN);
            let found = arrays.map(|array| format!("'{}'", array.name)).collect();
            return Err(StatsError::NoMember { path: path.into(), member: member.into(), found });
        };
        let result = match opened {
            Ok(mut content) => read(&mut content),
            Err(problem) => Err(problem.into()),
        };
        result.map_err(|problem| match problem {
            MemberProblem::Array(ArrayError::Npy(NpyError::Dtype { found, .. }))
                if is_object(&found) =>
            {
                pickled_values(path)
            }
            problem => StatsError::Member { path: path.into(), member: member.into(), problem },
        })
    }
}

fn contradiction(path: &Path, members: &Members) -> StatsError {
    let Members { mu, sigma, features } = members.clone();
    StatsError::Contradiction { path: path.into(), mu, sigma, features }
}

/// Refuses spatial features of another layer, which a later version may write.
fn require_spatial_tap(path: &Path, meta: Option<&StatsMeta>) -> Result<(), StatsError> {
    let tap = meta.and_then(|meta| meta.tap_s.as_deref());
    let Some(found) = tap.filter(|&tap| tap != SPATIAL_TAP) else { return Ok(()) };
    let message = format!("'mu_s' is of the layer '{}', not {SPATIAL_TAP}", found.escape_debug());
    let problem = MemberProblem::Meta { message };
    Err(StatsError::Member { path: path.into(), member: META.into(), problem })
}

/// Mean and trace of the covariance of row-major `[n, dim]`.
fn mean_and_trace(rows: &[f32], dim: usize) -> (Vec<f64>, f64) {
    let n = (rows.len() / dim) as f64;
    let mut mu = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        mu.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    mu.iter_mut().for_each(|sum| *sum /= n);
    let squares = |row: &[f32]| -> f64 {
        row.iter().zip(&mu).map(|(&x, mean)| (f64::from(x) - mean).powi(2)).sum()
    };
    let trace = rows.chunks_exact(dim).map(squares).sum::<f64>() / (n - 1.0);
    (mu, trace)
}

/// Whether features with this mean and trace may be those behind `stats`.
fn agree((mu, trace): (&[f64], f64), stats: &FeatureStats, bound: f64) -> bool {
    let largest = mu.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut means = mu.iter().zip(stats.mu());
    means.all(|(a, b)| (a - b).abs() <= bound * largest)
        && (trace - stats.trace()).abs() <= bound * trace
}
