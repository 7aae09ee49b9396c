//! Tar archives of images, such as the shards of WebDataset: one pass over the headers, then every
//! image is read where it lies.

use std::io::{self, Read};

use super::archive::{Listing, Member, Packing};
use super::{Cursor, SourceError};
use crate::stats_file::Limited;

/// Bytes of headers and long names that one entry may have.
const MAX_ENTRY_HEADER: u64 = 1 << 20;

/// Headers and data begin at multiples of this.
const BLOCK: u64 = 512;

/// Lists the images of an archive.
pub(super) fn read(listing: &mut Listing<'_>, file: &Cursor) -> Result<(), SourceError> {
    let path = listing.path;
    let wrong =
        |cause: String| SourceError::Archive { path: path.into(), kind: "tar archive", cause };
    let fail = |error: io::Error| wrong(error.to_string());
    // So that no name fills the memory.
    let (limited, left) =
        Limited::new(file.clone(), MAX_ENTRY_HEADER, "the header of a member is too long");
    let mut archive = tar::Archive::new(limited);
    // Where the next header should be.
    let mut next = 0;
    for entry in archive.entries_with_seek().map_err(fail)? {
        let entry = entry.map_err(fail)?;
        left.set(MAX_ENTRY_HEADER);
        let (start, size) = (entry.raw_file_position(), entry.size());
        let kind = entry.header().entry_type();
        let has_data = kind.is_file() || kind.is_contiguous();
        let end = start.checked_add(size);
        if end.is_none_or(|end| end > file.len()) {
            return Err(wrong("the file ends within a member".into()));
        }
        next = end.map_or(u64::MAX, |end| end.next_multiple_of(BLOCK));
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        listing.add(&entry.path_bytes(), |name| {
            if kind.is_symlink() || kind.is_hard_link() {
                return Err(
                    "is a link, of which an archive holds no image: pack what it leads to \
                            (tar --dereference --hard-dereference)"
                        .into(),
                );
            }
            if !has_data {
                return Err("is no plain file: pack the archive again with plain files".into());
            }
            Ok(Member { name, start, stored: size, size, packing: Packing::Plain })
        })?;
    }
    // Without the mark a cut archive would pass for a smaller one, and what follows it, such as
    // another archive, would be left out.
    let mut mark = Vec::new();
    file.at(next).take(MAX_ENTRY_HEADER).read_to_end(&mut mark).map_err(fail)?;
    if (mark.len() as u64) < BLOCK {
        return Err(wrong("its end mark is missing".into()));
    }
    if mark.iter().any(|&byte| byte != 0) {
        return Err(wrong("something follows its end mark: were two archives joined?".into()));
    }
    Ok(())
}
