//! The published weights on this machine, see [`fid_weights::hub`].

use std::path::PathBuf;

pub use fid_weights::hub::*;

use crate::Error;

/// Finds the published weights on this machine, or downloads them if there are `options`.
///
/// # Errors
///
/// [`Error::NoWeights`] without options, [`Error::Download`] if the download fails. Both say which
/// file to put where.
pub fn find_or_download(
    options: Option<&DownloadOptions>,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    match (find(), options) {
        (Ok(path), _) => Ok(path),
        (Err(missing), None) => Err(missing.into()),
        (Err(_), Some(options)) => Ok(download(current(), options, progress)?),
    }
}
