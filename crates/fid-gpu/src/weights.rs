//! The published weights on this machine, see [`fid_weights::hub`].

use std::path::PathBuf;

pub use fid_weights::hub::*;

#[cfg(not(feature = "download"))]
pub use self::no_download::{DownloadOptions, download};
use crate::Error;

/// Finds the published weights on this machine, or downloads them if there are `options`.
///
/// # Errors
///
/// [`Error::NoWeights`] without options, `Error::Download` if the download fails. Both say which
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

/// The same names without the Cargo feature `download`, so that callers need not know of it.
#[cfg(not(feature = "download"))]
mod no_download {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::{NotFound, Progress, Published, find};

    /// How to download: this build was made without the Cargo feature `download` and does not.
    #[derive(Debug, Clone, Default)]
    #[non_exhaustive]
    pub struct DownloadOptions {
        /// The address.
        pub url: Option<String>,
        /// Whether downloads are forbidden.
        pub offline: bool,
        /// The longest that the server may send nothing.
        pub stall: Duration,
    }

    impl DownloadOptions {
        /// Downloads are forbidden.
        pub fn from_env() -> Self {
            Self { offline: true, ..Self::default() }
        }
    }

    /// The file if it is on this machine; this build downloads nothing.
    ///
    /// # Errors
    ///
    /// [`NotFound`], which says where to put the file.
    pub fn download(
        _: &Published,
        _: &DownloadOptions,
        _: &dyn Progress,
    ) -> Result<PathBuf, NotFound> {
        find()
    }
}
