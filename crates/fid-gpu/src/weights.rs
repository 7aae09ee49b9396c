//! Finds and downloads the published weights, see [`fid_weights::hub`].

use std::path::PathBuf;

pub use fid_weights::hub::*;

#[cfg(not(feature = "download"))]
pub use self::no_download::{DownloadOptions, download};
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

/// Stand-ins without the Cargo feature `download`, so that callers need no `cfg`.
#[cfg(not(feature = "download"))]
mod no_download {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{NotFound, Progress, Published, find_entry};

    /// How to download. Ignored: this build lacks the Cargo feature `download`.
    #[derive(Debug, Clone, Default)]
    #[non_exhaustive]
    pub struct DownloadOptions {
        /// Address of the file.
        pub url: Option<String>,
        /// Whether downloads are forbidden.
        pub offline: bool,
        /// How long the server may send nothing before the download fails.
        pub stall: Duration,
    }

    impl DownloadOptions {
        /// Options that forbid downloads.
        pub fn from_env() -> Self {
            Self { offline: true, ..Self::default() }
        }
    }

    /// Finds the file on this machine. This build downloads nothing.
    ///
    /// # Errors
    ///
    /// [`NotFound`], which names where to put the file.
    pub fn download(
        entry: &Published,
        _: &DownloadOptions,
        _: &dyn Progress,
    ) -> Result<PathBuf, NotFound> {
        find_entry(entry)
    }
}
