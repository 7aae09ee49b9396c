//! Writes statistics files, completely or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use fid_images::npy::{Dtype, write_header, write_values};
use fid_weights::atomic_file::{AtomicFile, folder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{META, POOL3, SPATIAL, StatsError, StatsFile};

impl StatsFile {
    /// Checks that `path` can be written, before hours of work end at a misspelt folder.
    ///
    /// # Errors
    /// [`StatsError::Ending`], [`StatsError::Write`].
    pub fn check_target(path: &Path) -> Result<(), StatsError> {
        if !is_stats_name(path) {
            return Err(StatsError::Ending { path: path.into() });
        }
        let refuse = |kind, why: String| {
            Err(StatsError::Write { path: path.into(), cause: io::Error::new(kind, why) })
        };
        if path.is_dir() {
            return refuse(io::ErrorKind::IsADirectory, "it is a folder".into());
        }
        let folder = folder(path);
        if !folder.is_dir() {
            let why = format!("the folder {} does not exist", folder.display());
            return refuse(io::ErrorKind::NotFound, why);
        }
        // Removed when dropped.
        AtomicFile::create(path).map_err(|cause| StatsError::Write { path: path.into(), cause })?;
        Ok(())
    }

    /// Writes the file: `mu` and `sigma` as f64, their provenance, and the features if they were kept;
    /// also `mu_s` and `sigma_s` if there are spatial statistics. An existing file is replaced in one
    /// step, so that readers never see half a file. Equal statistics give equal bytes.
    ///
    /// # Errors
    /// As [`check_target`](Self::check_target); [`StatsError::Write`] if writing fails.
    pub fn save(&self, path: &Path) -> Result<(), StatsError> {
        Self::check_target(path)?;
        let written = AtomicFile::create(path).and_then(|file| self.write(file)?.commit());
        written.map_err(|cause| StatsError::Write { path: path.into(), cause })
    }

    fn write(&self, file: AtomicFile) -> io::Result<AtomicFile> {
        // Not compressed, as by np.savez: the digits of a covariance do not compress.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default());
        let mut zip = ZipWriter::new(BufWriter::new(file));
        let mut member = |name: &str, dtype, shape: &[usize], values: &dyn Fn(&mut Out) -> _| {
            zip.start_file(format!("{name}.npy"), options)?;
            write_header(&mut zip, dtype, shape)?;
            values(&mut zip)
        };
        let spatial = self.spatial.iter().map(|stats| (SPATIAL, stats));
        for (names, stats) in [(POOL3, &self.stats)].into_iter().chain(spatial) {
            let dim = stats.dim();
            member(names.mu, Dtype::F64, &[dim], &|out| {
                write_values(out, stats.mu(), f64::to_le_bytes)
            })?;
            member(names.sigma, Dtype::F64, &[dim, dim], &|out| {
                write_values(out, stats.sigma(), f64::to_le_bytes)
            })?;
            if let Some(rows) = stats.rows() {
                member(names.features, Dtype::F32, &[rows.len() / dim, dim], &|out| {
                    write_values(out, rows, f32::to_le_bytes)
                })?;
            }
        }
        if let Some(meta) = &self.meta {
            let json = serde_json::to_vec(meta)?;
            member(META, Dtype::U8, &[json.len()], &|out| out.write_all(&json))?;
        }
        Ok(zip.finish()?.into_inner()?)
    }
}

type Out = ZipWriter<BufWriter<AtomicFile>>;

/// Whether a path names a statistics file: its extension is `npz`, in upper or lower case.
pub(crate) fn is_stats_name(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"))
}
