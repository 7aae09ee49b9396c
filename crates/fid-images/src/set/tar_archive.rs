//! Tar archives of images, such as the shards of WebDataset: one pass over the headers, then every
//! image is read in place.

use std::io::{self, Read};

use super::archive::{Listing, Packing};
use super::error::{ArchiveProblem, SetError};
use crate::limited::Limited;

/// Bytes of headers and long names that one entry may have.
const MAX_ENTRY_HEADER: u64 = 1 << 20;

const TOO_LONG: &str = "the header of a member is too long";

/// Headers and data begin at multiples of this.
const BLOCK: u64 = 512;

/// What an error of reading headers means. The `tar` crate's own texts are for programmers.
fn problem(error: io::Error) -> ArchiveProblem {
    if error.raw_os_error().is_some() {
        return ArchiveProblem::Read(error);
    }
    let too_long = error.to_string().contains(TOO_LONG);
    ArchiveProblem::Inconsistent(if too_long {
        TOO_LONG
    } else {
        "the header of a member is damaged, or the file ends within it"
    })
}

/// Lists the images of an archive.
pub(super) fn read(listing: &mut Listing<'_>) -> Result<(), SetError> {
    let (path, file) = (listing.path, listing.file);
    let fail = |source| SetError::Archive { path: path.into(), kind: "tar archive", source };
    let unread = |error: io::Error| fail(problem(error));
    let wrong = |what| fail(ArchiveProblem::Inconsistent(what));
    // A name has no bound in the format, and all of it is kept in memory.
    let (limited, left) = Limited::new(file.clone(), MAX_ENTRY_HEADER, TOO_LONG);
    let mut archive = tar::Archive::new(limited);
    let mut next_header = 0;
    for entry in archive.entries_with_seek().map_err(unread)? {
        let entry = entry.map_err(unread)?;
        left.set(MAX_ENTRY_HEADER);
        let (start, size) = (entry.raw_file_position(), entry.size());
        let kind = entry.header().entry_type();
        let has_data = kind.is_file() || kind.is_contiguous();
        let end = start.checked_add(size);
        if end.is_none_or(|end| end > file.len()) {
            return Err(wrong("the file ends within a member"));
        }
        next_header = end.map_or(u64::MAX, |end| end.next_multiple_of(BLOCK));
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        listing.add(&entry.path_bytes(), || {
            if kind.is_symlink() || kind.is_hard_link() {
                return Err(
                    "is a link, which has no content in the archive: pack the file that it \
                            leads to (tar --dereference --hard-dereference)"
                        .into(),
                );
            }
            if !has_data {
                return Err("is no plain file: pack the archive again with plain files".into());
            }
            Ok(Packing::Plain { start, size })
        })?;
    }
    // Without the mark a cut archive would pass for a smaller one, and a second archive behind it
    // would be left out.
    let mut mark = Vec::new();
    file.at(next_header).take(MAX_ENTRY_HEADER).read_to_end(&mut mark).map_err(unread)?;
    if (mark.len() as u64) < BLOCK {
        return Err(wrong("its end mark is missing"));
    }
    if mark.iter().any(|&byte| byte != 0) {
        return Err(wrong("something follows its end mark: were two archives joined?"));
    }
    Ok(())
}
