//! Downloading published files.
//!
//! The bytes go to `FILE.part` beside the final file. It outlives a failure, so that the next try
//! goes on from there. It is renamed only when its size and its SHA-256 are the published ones:
//! whatever a server, a proxy or a mirror does, only the published file can result. If the hash is
//! unknown, the first download's is recorded, and only the same file can result again.

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

use std::path::{Path, PathBuf};

use self::address::without_password;
#[cfg(feature = "download")]
use self::whole_file::download_to;
use super::manifest::Published;
use super::manual_install::ManualInstall;
use super::progress::Progress;
use super::verify::{VerifyError, record, recorded, sha256, verify};

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
        match verify(entry, &target) {
            Ok(()) => {}
            Err(changed @ VerifyError::Changed { .. }) => return Err(changed.into()),
            Err(_) => download_to(&target, entry, options, &url, progress)?,
        }
        record_first(entry, &target, progress)?;
        Ok(target)
    };
    run().map_err(|problem| DownloadError {
        file: entry.file.to_string(),
        url: without_password(&url),
        problem: Box::new(problem),
        manual_install: Box::new(ManualInstall::new(entry, options.folder.clone())),
    })
}

/// Records the hash of a file that has no published one, unless there is a record.
fn record_first(
    entry: &Published,
    target: &Path,
    progress: &dyn Progress,
) -> Result<(), DownloadProblem> {
    let io = |cause| DownloadProblem::Io { path: target.into(), cause };
    if entry.sha256.is_some() || recorded(target).map_err(io)?.is_some() {
        return Ok(());
    }
    let sha256 = sha256(target).map_err(io)?;
    record(target, &sha256).map_err(io)?;
    progress.note(&format!(
        "{}: no hash is published; SHA-256 {sha256} is recorded, and compared from now on",
        entry.file
    ));
    Ok(())
}

/// Without the feature `download` there is no HTTP client.
#[cfg(not(feature = "download"))]
fn download_to(
    _target: &Path,
    _entry: &Published,
    options: &DownloadOptions,
    _url: &str,
    _progress: &dyn Progress,
) -> Result<(), DownloadProblem> {
    Err(if options.offline { DownloadProblem::Offline } else { DownloadProblem::NotBuilt })
}
