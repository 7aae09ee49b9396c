//! Writes feature files.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use fid_core::{FeatureRows, FeatureSlice};
use fid_images::npy::{Dtype, write_header, write_values};
use fid_weights::atomic_file::AtomicFile;

use super::{FeatureError, FeatureProblem};

/// Writes features as f32, `[n, d]`, completely or not at all. An existing file is replaced.
pub(crate) fn save_rows(path: &Path, rows: FeatureSlice<'_, f32>) -> Result<(), FeatureError> {
    let write = || -> io::Result<()> {
        let mut out = BufWriter::new(AtomicFile::create(path)?);
        write_header(&mut out, Dtype::F32, &[rows.num_rows(), rows.dim()])?;
        write_values(&mut out, rows.values(), f32::to_le_bytes)?;
        out.flush()?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
    };
    write()
        .map_err(|cause| FeatureError { path: path.into(), problem: FeatureProblem::Write(cause) })
}
