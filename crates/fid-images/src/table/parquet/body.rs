//! The content of a page: in the file, or unpacked.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use super::super::cell::{Cell, Slice};
use super::super::fault::bad;
use super::codec::{self, UNCOMPRESSED};
use super::page_header::{PageHeader, PageKind};
use crate::shared_file::SharedFile;

/// Bytes that are read at any place.
#[derive(Debug, Clone)]
pub(super) enum Body {
    File { file: SharedFile, start: u64, length: u64 },
    Memory(Arc<Vec<u8>>),
}

impl Body {
    /// The content of a page. Without compression it stays in the file, unless it has a checksum.
    pub(super) fn of(file: &SharedFile, header: &PageHeader, codec: i64) -> io::Result<Self> {
        let PageHeader { start, length, unpacked, crc, .. } = *header;
        let (levels, compressed) = match header.kind {
            PageKind::V2 { levels, compressed } => (levels, compressed),
            _ => (0, true),
        };
        let codec = if compressed { codec } else { UNCOMPRESSED };
        if codec == UNCOMPRESSED && length != unpacked {
            return Err(bad("it is not compressed and has two lengths"));
        }
        if codec == UNCOMPRESSED && crc.is_none() {
            return Ok(Self::File { file: file.at(0), start, length });
        }
        let mut data = vec![0; length as usize];
        file.at(start).read_exact(&mut data)?;
        if crc.is_some_and(|crc| crc32fast::hash(&data) != crc) {
            return Err(bad("its checksum is wrong"));
        }
        if codec == UNCOMPRESSED {
            return Ok(Self::Memory(Arc::new(data)));
        }
        let outside = || bad("its levels are longer than itself");
        let rest = unpacked.checked_sub(levels).ok_or_else(outside)?;
        let (levels, packed) = data.split_at_checked(levels as usize).ok_or_else(outside)?;
        // A page of nulls has no values to be unpacked.
        let values = match (packed.is_empty(), rest) {
            (true, 0) => Vec::new(),
            _ => codec::unpack(codec, packed, rest)?,
        };
        let whole = if levels.is_empty() { values } else { [levels, &values].concat() };
        Ok(Self::Memory(Arc::new(whole)))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Memory(data) => data.len() as u64,
        }
    }

    /// Bytes that it takes in memory.
    pub(super) fn memory(&self) -> u64 {
        match self {
            Self::File { .. } => 0,
            Self::Memory(data) => data.len() as u64,
        }
    }

    /// Fills `buffer` from `position` on.
    pub(super) fn read(&self, position: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = position.checked_add(buffer.len() as u64).filter(|&end| end <= self.len());
        let Some(end) = end else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        match self {
            Self::File { file, start, .. } => file.at(start + position).read_exact(buffer)?,
            Self::Memory(data) => buffer.copy_from_slice(&data[position as usize..end as usize]),
        }
        Ok(())
    }

    /// All bytes from `position` on, read into memory if they are not.
    pub(super) fn rest(&self, position: u64) -> io::Result<Vec<u8>> {
        let length = self.len().checked_sub(position);
        let length = length.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let mut rest = vec![0; length as usize];
        self.read(position, &mut rest)?;
        Ok(rest)
    }

    /// A value that lies at `range`, within the body.
    pub(super) fn cell(&self, range: Range<u64>) -> Cell {
        match self {
            Self::File { start, .. } => {
                Cell::File { start: start + range.start, length: range.end - range.start }
            }
            Self::Memory(page) => Cell::Memory(Slice {
                page: Arc::clone(page),
                range: range.start as usize..range.end as usize,
            }),
        }
    }
}
