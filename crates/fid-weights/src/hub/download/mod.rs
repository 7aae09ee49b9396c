//! Downloading the published weights.
//!
//! The bytes go to `FILE.part` beside the final file. It outlives a failure, so that the next try
//! goes on from there. It is renamed only when its size and its SHA-256 are the published ones:
//! whatever a server, a proxy or a mirror does, only the published file can result.

mod address;
#[cfg(feature = "download")]
mod client;
mod error;
mod options;
#[cfg(feature = "download")]
mod part;
#[cfg(feature = "download")]
mod redirect;
#[cfg(feature = "download")]
mod transfer;
#[cfg(feature = "download")]
mod whole_file;

pub use error::{DownloadError, DownloadProblem};
pub use options::DownloadOptions;

use std::path::PathBuf;

use self::address::without_password;
#[cfg(feature = "download")]
use self::whole_file::download_to;
use super::manifest::Published;
use super::manual_install::ManualInstall;
use super::progress::Progress;
use super::verify::verify;

/// Downloads the published file into the cache folder, unless it is there already, and returns its
/// path. A second process that does the same waits and then finds it. A file of that name which is
/// not the published one is replaced as soon as the published one has arrived.
///
/// # Errors
///
/// [`DownloadError`], whose [`manual_install`](DownloadError::manual_install) is the way out.
pub fn download(
    entry: &Published,
    options: &DownloadOptions,
    progress: &dyn Progress,
) -> Result<PathBuf, DownloadError> {
    let url = options.url_of(entry);
    let run = || {
        let folder = options.folder.as_ref().ok_or(DownloadProblem::NoFolder)?;
        let target = folder.join(&*entry.file);
        // Needs no lock, and no right to write.
        if verify(entry, &target).is_err() {
            download_to(&target, entry, options, &url, progress)?;
        }
        Ok(target)
    };
    run().map_err(|problem| DownloadError {
        file: entry.file.to_string(),
        url: without_password(&url),
        problem: Box::new(problem),
        manual_install: Box::new(ManualInstall::new(entry, options.folder.clone())),
    })
}

/// Without the feature `download` there is no HTTP client.
#[cfg(not(feature = "download"))]
fn download_to(
    _target: &std::path::Path,
    _entry: &Published,
    options: &DownloadOptions,
    _url: &str,
    _progress: &dyn Progress,
) -> Result<(), DownloadProblem> {
    Err(if options.offline { DownloadProblem::Offline } else { DownloadProblem::NotBuilt })
}
