//! Writes statistics files, completely or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fid_core::{FeatureRows, FeatureSlice};
use fid_images::npy::{Dtype, write_header, write_values};
use fid_images::npz::FIRST;
use fid_weights::atomic_file::{AtomicFile, folder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{META, Members, SPATIAL, StatsError, StatsFile, pool3};

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
        StatsWriter::create(path)?.finish(self)
    }
}

/// A statistics file that is being written, and replaces its target when it is finished.
pub(crate) struct StatsWriter {
    path: PathBuf,
    zip: Out,
}

type Out = ZipWriter<BufWriter<AtomicFile>>;

impl StatsWriter {
    /// Starts a file that will become `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, StatsError> {
        let file = AtomicFile::create(path)
            .map_err(|cause| StatsError::Write { path: path.into(), cause })?;
        Ok(Self { path: path.into(), zip: ZipWriter::new(BufWriter::new(file)) })
    }

    /// Starts the array `arr_0` of `count` images, `[count, height, width, 3]`, as the reference batches
    /// of guided-diffusion have it. [`add_image`](Self::add_image) must add them before anything else.
    pub(crate) fn start_images(
        &mut self,
        count: usize,
        [width, height]: [usize; 2],
    ) -> Result<(), StatsError> {
        let shape = [count, height, width, 3];
        start(&mut self.zip, FIRST, Dtype::U8, &shape).map_err(|cause| self.failed(cause))
    }

    /// Adds the samples of an image, `[height, width, 3]`.
    pub(crate) fn add_image(&mut self, samples: &[u8]) -> Result<(), StatsError> {
        self.zip.write_all(samples).map_err(|cause| self.failed(cause))
    }

    /// Adds the statistics, and puts the file under its name.
    pub(crate) fn finish(mut self, file: &StatsFile) -> Result<(), StatsError> {
        let path = std::mem::take(&mut self.path);
        self.write(file).map_err(|cause| StatsError::Write { path, cause })
    }

    fn failed(&self, cause: io::Error) -> StatsError {
        StatsError::Write { path: self.path.clone(), cause }
    }

    fn write(self, file: &StatsFile) -> io::Result<()> {
        let mut zip = self.zip;
        let pool3 = (pool3(), &file.stats, file.rows());
        let spatial = file.spatial.as_ref().map(|stats| {
            (
                Members::from(SPATIAL),
                stats,
                FeatureSlice::new(stats.rows().unwrap_or(&[]), stats.dim()).ok(),
            )
        });
        for (names, stats, rows) in [pool3].into_iter().chain(spatial) {
            let dim = stats.dim();
            start(&mut zip, &names.mu, Dtype::F64, &[dim])?;
            write_values(&mut zip, stats.mu(), f64::to_le_bytes)?;
            start(&mut zip, &names.sigma, Dtype::F64, &[dim, dim])?;
            write_values(&mut zip, stats.sigma(), f64::to_le_bytes)?;
            if let Some(rows) = rows.filter(|rows| rows.num_rows() > 0) {
                start(&mut zip, &names.features, Dtype::F32, &[rows.num_rows(), dim])?;
                write_values(&mut zip, rows.values(), f32::to_le_bytes)?;
            }
        }
        if let Some(meta) = &file.meta {
            let json = serde_json::to_vec(meta)?;
            start(&mut zip, META, Dtype::U8, &[json.len()])?;
            zip.write_all(&json)?;
        }
        zip.finish()?.into_inner()?.commit()
    }
}

/// Starts an array. Not compressed, as by np.savez: the digits of a covariance do not compress.
fn start(zip: &mut Out, name: &str, dtype: Dtype, shape: &[usize]) -> io::Result<()> {
    let values = shape.iter().fold(1u64, |product, &axis| product.saturating_mul(axis as u64));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        // Longer members need sizes of 64 bits, with room for the header.
        .large_file(values.saturating_mul(8) > u64::from(u32::MAX) - (1 << 16));
    zip.start_file(format!("{name}.npy"), options)?;
    write_header(zip, dtype, shape)
}

/// Whether a path names a statistics file: its extension is `npz`, in upper or lower case.
pub(crate) fn is_stats_name(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npz"))
}
