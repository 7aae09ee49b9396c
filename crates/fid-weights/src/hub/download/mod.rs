//! Downloading the published weights.
//!
//! The bytes go to `FILE.part` beside the final file. It outlives a failure, so that the next try
//! goes on from there. It is renamed only when its size and its SHA-256 are the published ones:
//! whatever a server, a proxy or a mirror does, only the published file can result.

mod address;
mod client;
mod error;
mod options;
mod part;
mod redirect;
mod transfer;

pub use error::{DownloadError, DownloadProblem};
pub use options::DownloadOptions;

use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;

use self::address::without_password;
use self::client::Client;
use self::part::Part;
use self::transfer::{Counted, transfer};
use super::lock::Lock;
use super::manifest::Published;
use super::manual_install::ManualInstall;
use super::progress::Progress;
use super::verify::{VerifyError, sha256, verify};

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

fn download_to(
    target: &Path,
    entry: &Published,
    options: &DownloadOptions,
    url: &str,
    progress: &dyn Progress,
) -> Result<(), DownloadProblem> {
    if options.offline {
        return Err(DownloadProblem::Offline);
    }
    let client = Client::new(url, options)?;
    let io = |cause| DownloadProblem::Io { path: target.into(), cause };
    let _lock = Lock::acquire(target, progress).map_err(io)?;
    match verify(entry, target) {
        // Another process was faster.
        Ok(()) => return Ok(()),
        Err(VerifyError::Io { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(_) => {
            let name = &entry.name;
            let target = target.display();
            progress.phase(&format!("replacing {target}, which is not the published {name}"));
        }
    }
    let mut part = Part::open(target, url).map_err(io)?;
    let counted = Counted::start(progress, entry);
    // An earlier run may have left bytes of another file: then start over once.
    let mut fresh = part.length() == 0;
    loop {
        if let Err(problem) = fill(&mut part, &client, entry, options, &counted) {
            if part.length() == 0 {
                part.remove();
            }
            return Err(problem);
        }
        part.sync().map_err(io)?;
        let found = sha256(part.path()).map_err(io)?;
        if found == entry.sha256 {
            return part.finish(target).map_err(io);
        }
        part.restart(None).map_err(io)?;
        if fresh {
            part.remove();
            return Err(DownloadProblem::Hash { expected: entry.sha256.to_string(), found });
        }
        progress.phase("an earlier run had downloaded another file: starting again");
        fresh = true;
    }
}

/// Transfers until the part has all its bytes. A transfer that breaks off is resumed as long as
/// each try brings something.
fn fill(
    part: &mut Part,
    client: &Client,
    entry: &Published,
    options: &DownloadOptions,
    counted: &Counted<'_>,
) -> Result<(), DownloadProblem> {
    let mut left = options.resumptions;
    while part.length() != entry.size {
        let before = part.length();
        let Err(problem) = transfer(part, client, entry, counted) else { continue };
        let again = match &problem {
            DownloadProblem::Range => part.length() < before,
            DownloadProblem::Cut { .. } | DownloadProblem::Stalled { .. } => part.length() > before,
            _ => false,
        };
        if !again || left == 0 {
            return Err(problem);
        }
        left -= 1;
        sleep(options.pause);
    }
    Ok(())
}
