//! Headers of pages.

use std::io::{self, BufReader, Read};

use super::super::fault::bad;
use super::thrift::{Kind, Thrift};
use crate::shared_file::SharedFile;

/// The longest header that is read: it may hold the least and the greatest value of its page.
const MAX_HEADER: u64 = 64 << 20;

/// Bytes that most headers fit in.
const BUFFER: usize = 256;

/// The largest page, in bytes, compressed or not.
const MAX_PAGE: u64 = 1 << 30;

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// Levels and values are compressed together.
    V1,
    /// Levels of this many bytes come first, and are not compressed.
    V2 {
        levels: u64,
        compressed: bool,
    },
    Dictionary,
    /// An index, or a kind that came later.
    Other,
}

/// A page, without its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageHeader {
    pub(super) kind: PageKind,
    /// Number of values, nulls included; of a column that is not nested that of rows.
    pub(super) values: u64,
    /// The code of their encoding.
    pub(super) encoding: i64,
    /// Where the content begins in the file, and its bytes there and unpacked.
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) unpacked: u64,
    pub(super) crc: Option<u32>,
}

/// Reads the header at `position`. The page ends before `end`.
pub(super) fn read(file: &SharedFile, position: u64, end: u64) -> io::Result<PageHeader> {
    let most = end.saturating_sub(position).min(MAX_HEADER);
    let reader = BufReader::with_capacity(BUFFER, file.at(position)).take(most);
    let mut header = PageHeader {
        kind: PageKind::Other,
        values: 0,
        encoding: -1,
        start: 0,
        length: 0,
        unpacked: 0,
        crc: None,
    };
    let mut code = -1;
    let (mut repetition, mut definition, mut compressed) = (0, 0, true);
    let mut thrift = Thrift::new(reader);
    let parsed = thrift.structure(|thrift, field, kind| {
        match (field, kind) {
            (1, Kind::Integer) => code = thrift.integer()?,
            (2, Kind::Integer) => header.unpacked = thrift.size()?,
            (3, Kind::Integer) => header.length = thrift.size()?,
            (4, Kind::Integer) => header.crc = Some(thrift.integer()? as u32),
            // Of a page of the first kind and of a dictionary: number and encoding of values.
            (5 | 7, Kind::Struct) => thrift.structure(|thrift, field, kind| {
                match (field, kind) {
                    (1, Kind::Integer) => header.values = thrift.size()?,
                    (2, Kind::Integer) => header.encoding = thrift.integer()?,
                    _ => thrift.skip(kind)?,
                }
                Ok(())
            })?,
            (8, Kind::Struct) => thrift.structure(|thrift, field, kind| {
                match (field, kind) {
                    (1, Kind::Integer) => header.values = thrift.size()?,
                    (4, Kind::Integer) => header.encoding = thrift.integer()?,
                    (5, Kind::Integer) => definition = thrift.size()?,
                    (6, Kind::Integer) => repetition = thrift.size()?,
                    (7, Kind::True | Kind::False) => compressed = kind == Kind::True,
                    _ => thrift.skip(kind)?,
                }
                Ok(())
            })?,
            _ => thrift.skip(kind)?,
        }
        Ok(())
    });
    parsed.map_err(|error| at(position, error))?;
    header.start = position + thrift.position;
    header.kind = match code {
        0 => PageKind::V1,
        2 => PageKind::Dictionary,
        3 if repetition > 0 => return Err(at(position, bad("it has lists"))),
        3 => PageKind::V2 { levels: definition, compressed },
        _ => PageKind::Other,
    };
    let fits = header.start.checked_add(header.length).is_some_and(|last| last <= end);
    if !fits || header.length.max(header.unpacked) > MAX_PAGE {
        let (length, unpacked) = (header.length, header.unpacked);
        let what = if fits { "more than 1 GiB" } else { "more than there are" };
        let text = format!("it claims {length} bytes, unpacked {unpacked}, {what}");
        return Err(at(position, bad(text)));
    }
    Ok(header)
}

/// An error with the place of the page.
pub(super) fn at(position: u64, error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends early".into(),
        _ => error.to_string(),
    };
    bad(format!("the page at byte {position} is damaged: {what}"))
}
