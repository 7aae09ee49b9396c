//! The images of an archive.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::error::SetError;
use super::left_out::{BEGIN, LeftOut};
use super::names::{MemberName, member_name, member_path};
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
    left_out: LeftOut,
}

/// The images of the archive at `path`, and what was left out. `read` goes through the entries.
pub(super) fn open(
    path: &Path,
    skip_bad: bool,
    read: impl FnOnce(&mut Listing<'_>) -> Result<(), SetError>,
) -> Result<(Archive, LeftOut), SetError> {
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    let left_out = LeftOut::default();
    let mut listing = Listing { path, file: &file, skip_bad, members: Vec::new(), left_out };
    read(&mut listing)?;
    let Listing { mut members, left_out, .. } = listing;
    if members.is_empty() {
        return Err(SetError::no_members(path, left_out));
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((Archive { path: path.into(), file, members }, left_out))
}

impl Listing<'_> {
    /// Takes an entry if its name is an image's, and looks at it otherwise. `packing` is the reason
    /// if it cannot be read.
    pub(super) fn add(
        &mut self,
        name: &[u8],
        packing: impl FnOnce() -> Result<Packing, String>,
    ) -> Result<(), SetError> {
        let name = name.strip_prefix(b"./").unwrap_or(name);
        let text = String::from_utf8_lossy(name);
        let path = || member_path(self.path, name);
        match member_name(&text) {
            MemberName::PassedOver(part) => self.left_out.pass_over(&part),
            MemberName::Other => {
                let begin = || packing().map_or_else(|_| Vec::new(), |it| begin(it, self.file));
                self.left_out.add_file(Path::new(&*text), path, begin);
            }
            MemberName::Image => match packing() {
                Ok(packing) => self.members.push(Member { name: name.into(), packing }),
                Err(reason) if self.skip_bad => {
                    self.left_out.skipped.push(Skipped::new(path(), reason));
                }
                Err(reason) => return Err(SetError::Member { path: path(), reason }),
            },
        }
        Ok(())
    }
}

/// The first bytes of an entry; fewer if it is damaged, which matters only for images.
fn begin(packing: Packing, file: &SharedFile) -> Vec<u8> {
    let mut begin = Vec::new();
    if let Ok(content) = (Member { name: [].into(), packing }).content(file) {
        let _ = content.take(BEGIN).read_to_end(&mut begin);
    }
    begin
}
