//! Unpacked bytes of a member, checked as they are read.

use std::io::{self, Read, Take};

use flate2::read::DeflateDecoder;

/// Reads a member. Reading fails where size or checksum differ from those in the directory; the
/// checksum is compared at the end.
pub struct MemberReader<R> {
    content: Content<R>,
    left: u64,
    sum: crc32fast::Hasher,
    crc: u32,
}

enum Content<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

impl<R: Read> MemberReader<R> {
    pub(super) fn new(data: Take<R>, deflated: bool, size: u64, crc: u32) -> Self {
        let content = if deflated {
            Content::Deflated(DeflateDecoder::new(data))
        } else {
            Content::Stored(data)
        };
        Self { content, left: size, sum: crc32fast::Hasher::new(), crc }
    }
}

impl<R: Read> Read for MemberReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match &mut self.content {
            Content::Stored(data) => data.read(buffer),
            Content::Deflated(data) => data.read(buffer),
        }?;
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

/// An error for data that differs from the archive's own description.
pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
