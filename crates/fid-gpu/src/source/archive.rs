//! The images of an archive: where each lies, and how it is unpacked.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;

use super::kind::{Found, Part};
use super::names::{is_image_member, member_path};
use super::{Cursor, SourceError};
use crate::Skipped;

/// The beginning of a member's own header in a zip archive.
const LOCAL_HEADER: &[u8; 4] = b"PK\x03\x04";

/// Its length without the names that follow it.
const LOCAL_HEADER_BYTES: usize = 30;

/// The image members of a zip or tar archive, sorted by the bytes of their names: in the order of
/// the folder that was packed.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) path: PathBuf,
    pub(super) file: Cursor,
    pub(super) members: Vec<Member>,
}

/// One member.
#[derive(Debug)]
pub(super) struct Member {
    /// As it is stored, without a leading `./`.
    pub(super) name: Box<[u8]>,
    /// Where the data begin, or the member's own header.
    pub(super) start: u64,
    /// Bytes in the archive.
    pub(super) stored: u64,
    /// Bytes when unpacked.
    pub(super) size: u64,
    pub(super) packing: Packing,
}

/// How a member is stored.
#[derive(Debug)]
pub(super) enum Packing {
    /// As it is, from the start: tar.
    Plain,
    /// After a header of its own, with a checksum: zip.
    Zip { deflated: bool, crc: u32 },
}

impl Member {
    /// The unpacked bytes. What is not as the archive says is an error when it is read.
    pub(super) fn content(&self, file: &Cursor) -> io::Result<Box<dyn Read + Send>> {
        match self.packing {
            Packing::Plain => Ok(Box::new(file.at(self.start).take(self.size))),
            Packing::Zip { deflated, crc } => {
                let data = self.data_in_zip(file)?;
                Ok(match deflated {
                    true => Box::new(Checked::new(DeflateDecoder::new(data), self.size, crc)),
                    false => Box::new(Checked::new(data, self.size, crc)),
                })
            }
        }
    }

    /// Where a zip member's data begin.
    pub(super) fn data_start(&self, file: &Cursor) -> io::Result<u64> {
        let mut header = [0; LOCAL_HEADER_BYTES];
        file.at(self.start).read_exact(&mut header)?;
        if !header.starts_with(LOCAL_HEADER) {
            return Err(damaged("it is not where the archive's directory says"));
        }
        let names = [26, 28].map(|at| u64::from(u16::from_le_bytes([header[at], header[at + 1]])));
        let start = LOCAL_HEADER_BYTES as u64 + names[0] + names[1];
        self.start.checked_add(start).ok_or_else(|| damaged("it begins beyond any file"))
    }

    fn data_in_zip(&self, file: &Cursor) -> io::Result<io::Take<Cursor>> {
        let start = self.data_start(file)?;
        if start.checked_add(self.stored).is_none_or(|end| end > file.len()) {
            return Err(damaged("the archive ends within it"));
        }
        Ok(file.at(start).take(self.stored))
    }
}

/// Unpacked bytes that must be of the length and checksum that the archive says.
struct Checked<R> {
    inner: R,
    left: u64,
    sum: crc32fast::Hasher,
    crc: u32,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, size: u64, crc: u32) -> Self {
        Self { inner, left: size, sum: crc32fast::Hasher::new(), crc }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let left = self.left.checked_sub(length as u64);
        self.left = left.ok_or_else(|| damaged("it is longer than the archive says"))?;
        self.sum.update(&buffer[..length]);
        if length == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(damaged("it is shorter than the archive says"));
            }
            if self.sum.clone().finalize() != self.crc {
                return Err(damaged("its checksum is wrong"));
            }
        }
        Ok(length)
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// An archive while its members are listed.
pub(super) struct Listing<'a> {
    pub(super) path: &'a Path,
    skip_bad: bool,
    members: Vec<Member>,
    skipped: Vec<Skipped>,
    ignored: usize,
}

/// Lists the images of the archive at `path`, which `read` goes through.
pub(super) fn list(
    path: &Path,
    skip_bad: bool,
    read: impl FnOnce(&mut Listing<'_>, &Cursor) -> Result<(), SourceError>,
) -> Result<Found, SourceError> {
    let file = Cursor::open(path)?;
    let (members, skipped) = (Vec::new(), Vec::new());
    let mut listing = Listing { path, skip_bad, members, skipped, ignored: 0 };
    read(&mut listing, &file)?;
    listing.finish(file)
}

impl Listing<'_> {
    /// Takes a member if its name is an image's; `member` says why it cannot be read, if so.
    pub(super) fn add(
        &mut self,
        name: &[u8],
        member: impl FnOnce(Box<[u8]>) -> Result<Member, String>,
    ) -> Result<(), SourceError> {
        let name = name.strip_prefix(b"./").unwrap_or(name);
        if !is_image_member(name) {
            self.ignored += 1;
            return Ok(());
        }
        match member(name.into()) {
            Ok(member) => self.members.push(member),
            Err(reason) => {
                let path = member_path(self.path, name);
                if !self.skip_bad {
                    return Err(SourceError::Member { path, reason });
                }
                self.skipped.push(Skipped { path, reason });
            }
        }
        Ok(())
    }

    fn finish(mut self, file: Cursor) -> Result<Found, SourceError> {
        let path = self.path.to_path_buf();
        if self.members.is_empty() {
            return Err(SourceError::NoMembers { path, ignored: self.ignored });
        }
        self.members.sort_by(|a, b| a.name.cmp(&b.name));
        let archive = Archive { path, file, members: self.members };
        Ok((Part::Archive(archive), self.skipped, self.ignored))
    }
}
