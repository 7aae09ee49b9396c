//! Tar archives of images, such as the shards of WebDataset: one pass over the headers, then every
//! image is read where it lies.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use super::archive::{Archive, Listing, Member, Packing};
use super::{Cursor, SourceError};
use crate::Skipped;

/// Bytes of headers and long names that one entry may have.
const MAX_ENTRY_HEADER: u64 = 1 << 20;

/// Headers and data begin at multiples of this.
const BLOCK: u64 = 512;

/// Lists the images of an archive.
pub(super) fn list(
    path: &Path,
    skip_bad: bool,
) -> Result<(Archive, Vec<Skipped>, usize), SourceError> {
    let file = Cursor::open(path)?;
    let mut listing = Listing::new(path, skip_bad);
    let wrong =
        |cause: String| SourceError::Archive { path: path.into(), kind: "tar archive", cause };
    let fail = |error: io::Error| wrong(error.to_string());
    let left = Rc::new(Cell::new(MAX_ENTRY_HEADER));
    let mut archive = tar::Archive::new(Limited { inner: file.clone(), left: Rc::clone(&left) });
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
    listing.finish(file)
}

/// Reads no more than is left, so that no name fills the memory.
struct Limited {
    inner: Cursor,
    left: Rc<Cell<u64>>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(length as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("the header of a member is too long"))?);
        Ok(length)
    }
}

impl Seek for Limited {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
