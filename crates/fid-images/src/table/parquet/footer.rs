//! The metadata at the end of a Parquet file: columns, and where their values lie.
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>

use std::io::{self, BufReader, Read};

use super::super::column::choose;
use super::super::fault::bad;
use super::schema::{Leaves, schema};
use super::thrift::{Kind, Thrift};
use crate::shared_file::SharedFile;

/// First and last bytes of a file.
const MAGIC: &[u8; 4] = b"PAR1";

/// The same of a file with an encrypted footer.
const ENCRYPTED: &[u8; 4] = b"PARE";

/// The longest footer that is read, in bytes; reading takes no memory for it.
const MAX_FOOTER: u64 = 1 << 30;

/// The most row groups.
const MAX_GROUPS: u64 = 1 << 20;

/// The type of binary values.
const BYTE_ARRAY: i64 = 6;

/// The values of one column in one row group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) first_row: u64,
    pub(super) rows: u64,
    /// Where its first page begins, and the bytes of all its pages.
    pub(super) start: u64,
    pub(super) length: u64,
    /// The code of its compression.
    pub(super) codec: i64,
}

/// What the footer says of the columns of images.
pub(super) struct Footer {
    pub(super) rows: u64,
    pub(super) leaves: Leaves,
    /// For each row group, the chunk of bytes and that of paths.
    pub(super) groups: Vec<(Chunk, Option<Chunk>)>,
}

type Reader = Thrift<io::Take<BufReader<SharedFile>>>;

/// Reads the footer of a file.
pub(super) fn read(file: &SharedFile) -> io::Result<Footer> {
    let mut begin = [0; 4];
    let mut end = [0; 8];
    if file.len() < 12 {
        return Err(bad("is too short for a Parquet file: get it again"));
    }
    file.at(0).read_exact(&mut begin)?;
    file.at(file.len() - 8).read_exact(&mut end)?;
    let [a, b, c, d, mark @ ..] = end;
    if begin == *ENCRYPTED || mark == *ENCRYPTED {
        return Err(bad("is encrypted: save it without encryption"));
    }
    if begin != *MAGIC {
        return Err(bad("is no Parquet file: it does not begin with PAR1"));
    }
    if mark != *MAGIC {
        return Err(bad("is cut, or damaged at its end: get it again"));
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = (file.len() - 8).checked_sub(length).filter(|&start| start >= 4);
    let start = start.filter(|_| length <= MAX_FOOTER);
    let start = start.ok_or_else(|| bad("has a footer of an impossible length: get it again"))?;
    let thrift = || Thrift::new(BufReader::new(file.at(start)).take(length));
    let parsed = parse(&thrift, start).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("has a footer that ends early: get it again"),
        _ => error,
    })?;
    Ok(parsed)
}

/// Two passes, because the columns may come behind the row groups.
fn parse(thrift: &impl Fn() -> Reader, end: u64) -> io::Result<Footer> {
    let (mut rows, mut columns) = (0, None);
    thrift().structure(|thrift, field, kind| match (field, kind) {
        (2, Kind::List) => schema(thrift).map(|found| columns = Some(found)),
        (3, Kind::Integer) => thrift.size().map(|size| rows = size),
        (8, _) => Err(bad("is encrypted: save it without encryption")),
        _ => thrift.skip(kind),
    })?;
    let (leaf_count, columns) = columns.ok_or_else(|| bad("has no schema: write it again"))?;
    if rows == 0 {
        return Err(bad("has no rows, and so no images"));
    }
    let leaves = choose(columns)?;
    let mut groups = Vec::new();
    let mut first_row = 0;
    thrift().structure(|thrift, field, kind| match (field, kind) {
        (4, Kind::List) => {
            let count = thrift.list()?;
            if count > MAX_GROUPS {
                return Err(bad(format!("has {count} row groups: write larger ones")));
            }
            for _ in 0..count {
                let group = row_group(thrift, leaves, leaf_count, first_row, end)?;
                let rows = first_row.checked_add(group.0.rows);
                first_row = rows.ok_or_else(|| bad("has too many rows"))?;
                groups.extend((group.0.rows > 0).then_some(group));
            }
            Ok(())
        }
        _ => thrift.skip(kind),
    })?;
    if first_row != rows {
        return Err(bad(format!("says it has {rows} rows, and its row groups have {first_row}")));
    }
    Ok(Footer { rows, leaves, groups })
}

fn row_group(
    thrift: &mut Reader,
    leaves: Leaves,
    leaf_count: u64,
    first_row: u64,
    end: u64,
) -> io::Result<(Chunk, Option<Chunk>)> {
    let (mut rows, mut bytes, mut path) = (0, None, None);
    thrift.structure(|thrift, field, kind| match (field, kind) {
        (1, Kind::List) => {
            let count = thrift.list()?;
            if count != leaf_count {
                return Err(bad(format!(
                    "has {leaf_count} columns, and a row group of {count}: write it again"
                )));
            }
            for leaf in 0..count {
                let wanted = if leaf == leaves.bytes.index {
                    &mut bytes
                } else if leaves.path.is_some_and(|path| path.index == leaf) {
                    &mut path
                } else {
                    thrift.skip(Kind::Struct)?;
                    continue;
                };
                *wanted = Some(chunk(thrift, end)?);
            }
            Ok(())
        }
        (3, Kind::Integer) => thrift.size().map(|size| rows = size),
        _ => thrift.skip(kind),
    })?;
    let whole = |chunk: Chunk| {
        if chunk.rows == rows {
            return Ok(Chunk { first_row, ..chunk });
        }
        let (values, at) = (chunk.rows, chunk.start);
        Err(bad(format!("has {values} values at byte {at} for {rows} rows: write it again")))
    };
    let bytes = bytes.ok_or_else(|| bad("has a row group without columns: write it again"))?;
    Ok((whole(bytes)?, path.map(whole).transpose()?))
}

fn chunk(thrift: &mut Reader, end: u64) -> io::Result<Chunk> {
    let (mut found, mut elsewhere, mut encrypted) = (None, false, false);
    thrift.structure(|thrift, field, kind| match field {
        3 if kind == Kind::Struct => chunk_metadata(thrift).map(|chunk| found = Some(chunk)),
        _ => {
            elsewhere |= field == 1;
            encrypted |= matches!(field, 8 | 9);
            thrift.skip(kind)
        }
    })?;
    if encrypted {
        return Err(bad("has encrypted images: save it without encryption"));
    }
    if elsewhere {
        return Err(bad("has its values in other files (a _metadata file): name those files"));
    }
    let found = found.ok_or_else(|| bad("does not say where its images are: write it again"))?;
    let within = found.start.checked_add(found.length).is_some_and(|last| last <= end);
    if !within || found.start < 4 {
        return Err(bad("places its images outside of the file: get it again"));
    }
    Ok(found)
}

/// The rows are its values, which the caller compares.
fn chunk_metadata(thrift: &mut Reader) -> io::Result<Chunk> {
    let mut chunk = Chunk { first_row: 0, rows: 0, start: 0, length: 0, codec: 0 };
    let (mut kind_of_values, mut dictionary) = (0, 0);
    thrift.structure(|thrift, field, kind| {
        match (field, kind) {
            (1, Kind::Integer) => kind_of_values = thrift.integer()?,
            (4, Kind::Integer) => chunk.codec = thrift.integer()?,
            (5, Kind::Integer) => chunk.rows = thrift.size()?,
            (7, Kind::Integer) => chunk.length = thrift.size()?,
            (9, Kind::Integer) => chunk.start = thrift.size()?,
            (11, Kind::Integer) => dictionary = thrift.size()?,
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    if kind_of_values != BYTE_ARRAY {
        return Err(bad("contradicts its own schema: write it again"));
    }
    // Some writers say 0 where they have no dictionary.
    if dictionary > 0 {
        chunk.start = chunk.start.min(dictionary);
    }
    Ok(chunk)
}
