//! Finds and downloads the published weights, see [`fid_weights::hub`].

use std::path::PathBuf;

pub use fid_weights::hub::*;

use crate::Error;

/// Finds the published weights on this machine, or downloads them if `options` is given.
///
/// # Errors
///
/// [`Error::NoWeights`] if the file is not found and `options` is `None`, `Error::Download` if the
/// download fails. Both name the file and where to put it.
pub fn find_or_download(
    entry: &Published,
    options: Option<&DownloadOptions>,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    match (find_entry(entry), options) {
        (Ok(path), _) => Ok(path),
        (Err(missing), None) => Err(missing.into()),
        (Err(_), Some(options)) => Ok(download(entry, options, progress)?),
    }
}
