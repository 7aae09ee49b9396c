//! One file from its address to its place: transferred, checked, renamed.

use std::io;
use std::path::Path;
use std::thread::sleep;

use super::client::Client;
use super::error::DownloadProblem;
use super::options::DownloadOptions;
use super::part::Part;
use super::transfer::{Counted, transfer};
use crate::hub::lock::Lock;
use crate::hub::manifest::Published;
use crate::hub::progress::Progress;
use crate::hub::verify::{VerifyError, compare_with_record, sha256, verify};

pub(super) fn download_to(
    target: &Path,
    entry: &Published,
    options: &DownloadOptions,
    url: &str,
    progress: &dyn Progress,
) -> Result<(), DownloadProblem> {
    if options.offline {
        return Err(DownloadProblem::Offline);
    }
    let client = Client::new(url, options.token_of(entry), options)?;
    let io = |cause| DownloadProblem::Io { path: target.into(), cause };
    let _lock = Lock::acquire(target, progress).map_err(io)?;
    match verify(entry, target) {
        // Another process was faster.
        Ok(()) => return Ok(()),
        Err(VerifyError::Io { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(changed @ VerifyError::Changed { .. }) => return Err(changed.into()),
        Err(_) => {
            let name = &entry.name;
            let target = target.display();
            progress.phase(&format!("replacing {target}, which is not the published {name}"));
        }
    }
    let mut part = Part::open(target, url, entry.size).map_err(io)?;
    let counted = Counted::new(progress, entry);
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
        let problem = match &entry.sha256 {
            Some(expected) if found == **expected => return part.finish(target).map_err(io),
            Some(expected) => DownloadProblem::Hash { expected: expected.to_string(), found },
            None => match compare_with_record(target, found) {
                Ok(()) => return part.finish(target).map_err(io),
                Err(changed) => changed.into(),
            },
        };
        part.restart(None).map_err(io)?;
        if fresh {
            part.remove();
            return Err(problem);
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
    while !part.is_complete() {
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
