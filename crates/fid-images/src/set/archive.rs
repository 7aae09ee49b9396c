//! The images of an archive.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::SetError;
use super::names::{is_image_member, member_path};
use crate::shared_file::SharedFile;
use crate::skipped::Skipped;
use crate::zip;

/// The image members of a zip or tar archive, sorted by the bytes of their names: the order of the
/// folder that was packed.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) path: PathBuf,
    pub(super) file: SharedFile,
    pub(super) members: Vec<Member>,
}

/// An image in an archive.
#[derive(Debug)]
pub(super) struct Member {
    /// The stored name, without a leading `./`.
    pub(super) name: Box<[u8]>,
    pub(super) packing: Packing,
}

/// Where a member's bytes lie.
#[derive(Debug)]
pub(super) enum Packing {
    /// `size` bytes at `start`, as tar stores them.
    Plain { start: u64, size: u64 },
    /// Stored or deflated, with a checksum.
    Zip(zip::Member),
}

impl Member {
    /// Bytes when unpacked, as the archive claims.
    pub(super) fn size(&self) -> u64 {
        match &self.packing {
            Packing::Plain { size, .. } => *size,
            Packing::Zip(member) => member.size(),
        }
    }

    /// Unpacks the member from its archive.
    pub(super) fn content(&self, file: &SharedFile) -> io::Result<Box<dyn Read + Send>> {
        match &self.packing {
            Packing::Plain { start, size } => Ok(Box::new(file.at(*start).take(*size))),
            Packing::Zip(member) => Ok(Box::new(member.read(file.at(0))?)),
        }
    }
}

/// An archive while its members are listed.
pub(super) struct Listing<'a> {
    pub(super) path: &'a Path,
    pub(super) file: &'a SharedFile,
    skip_bad: bool,
    members: Vec<Member>,
    skipped: Vec<Skipped>,
    ignored: usize,
}

/// The images of the archive at `path`, what was left out, and the number of other entries. `read`
/// goes through the entries.
pub(super) fn open(
    path: &Path,
    skip_bad: bool,
    read: impl FnOnce(&mut Listing<'_>) -> Result<(), SetError>,
) -> Result<(Archive, Vec<Skipped>, usize), SetError> {
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    let members = Vec::new();
    let skipped = Vec::new();
    let mut listing = Listing { path, file: &file, skip_bad, members, skipped, ignored: 0 };
    read(&mut listing)?;
    let Listing { mut members, skipped, ignored, .. } = listing;
    if members.is_empty() {
        return Err(SetError::NoMembers { path: path.into(), ignored });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((Archive { path: path.into(), file, members }, skipped, ignored))
}

impl Listing<'_> {
    /// Takes an entry if its name is an image's. `packing` is the reason if it cannot be read.
    pub(super) fn add(
        &mut self,
        name: &[u8],
        packing: impl FnOnce() -> Result<Packing, String>,
    ) -> Result<(), SetError> {
        let name = name.strip_prefix(b"./").unwrap_or(name);
        if !is_image_member(name) {
            self.ignored += 1;
            return Ok(());
        }
        match packing() {
            Ok(packing) => self.members.push(Member { name: name.into(), packing }),
            Err(reason) => {
                let path = member_path(self.path, name);
                if !self.skip_bad {
                    return Err(SetError::Member { path, reason });
                }
                self.skipped.push(Skipped::new(path, reason));
            }
        }
        Ok(())
    }
}
