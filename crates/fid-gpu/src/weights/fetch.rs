//! Downloading the published weights.
//!
//! The bytes go to a file beside the place where the weights will be, `FILE.part`, which outlives a
//! failure, so that the next try goes on from there. It gets its name only when its size and its
//! SHA-256 are those of the manifest: whatever a server, a proxy or a mirror does, nothing else can
//! come out than the published file.

mod client;
mod error;
mod options;
mod part;
mod redirect;
mod transfer;

pub use error::{FetchError, FetchProblem};
pub use options::FetchOptions;

use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;

use self::client::Client;
use self::part::Part;
use self::transfer::{Counted, transfer};
use super::check::sha256;
use super::lock::Lock;
use super::{ByHand, CheckError, Published, check};
use crate::observer::Observer;

/// Downloads the published file into the cache folder, unless it is there already, and says where
/// it is. A second process that does the same waits and finds it done. A file of that name which is
/// not the published one is replaced, once the published one is there.
///
/// # Errors
///
/// [`FetchError`], which says what went wrong and what to put where by hand.
pub fn fetch(
    entry: &Published,
    options: &FetchOptions,
    observer: &dyn Observer,
) -> Result<PathBuf, FetchError> {
    let url = options.url_of(entry);
    let run = || {
        let target = options.folder.as_ref().ok_or(FetchProblem::NoFolder)?.join(&entry.file);
        // Needs no lock, and no right to write.
        if check(entry, &target).is_err() {
            download(entry, options, &url, &target, observer)?;
        }
        Ok(target)
    };
    run().map_err(|problem| FetchError {
        file: entry.file.clone(),
        url: client::shown(&url),
        problem: Box::new(problem),
        by_hand: Box::new(ByHand::new(entry, options.folder.clone())),
    })
}

fn download(
    entry: &Published,
    options: &FetchOptions,
    url: &str,
    target: &Path,
    observer: &dyn Observer,
) -> Result<(), FetchProblem> {
    if options.offline {
        return Err(FetchProblem::Offline);
    }
    let client = Client::new(url, options)?;
    let io = |cause| FetchProblem::Io { path: target.into(), cause };
    let _lock = Lock::acquire(target, observer).map_err(io)?;
    match check(entry, target) {
        // Another process was faster.
        Ok(()) => return Ok(()),
        Err(CheckError::Io { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(error) => observer.phase(&format!("replacing {}", first_line(&error))),
    }
    let mut part = Part::open(target, url).map_err(io)?;
    let counted = Counted::start(observer, entry);
    // Bytes of an earlier run may be of another file, so they get a second chance from the start.
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
            break part.finish(target).map_err(io);
        }
        part.restart(None).map_err(io)?;
        if fresh {
            part.remove();
            return Err(FetchProblem::Hash { expected: entry.sha256.clone(), found });
        }
        observer.phase("what an earlier run had downloaded is another file: starting again");
        fresh = true;
    }
}

/// Transfers until the part has all its bytes. A transfer that breaks off is taken up again as long
/// as each try brings something.
fn fill(
    part: &mut Part,
    client: &Client,
    entry: &Published,
    options: &FetchOptions,
    counted: &Counted<'_>,
) -> Result<(), FetchProblem> {
    let mut left = options.resumptions;
    while part.length() != entry.size {
        let before = part.length();
        let Err(problem) = transfer(part, client, entry, counted) else { continue };
        let again = match &problem {
            FetchProblem::Range => part.length() < before,
            FetchProblem::Cut { .. } | FetchProblem::Stalled { .. } => part.length() > before,
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

fn first_line(error: &CheckError) -> String {
    error.to_string().lines().next().unwrap_or_default().trim_end_matches(" is").into()
}
