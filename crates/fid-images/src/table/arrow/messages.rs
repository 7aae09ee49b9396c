//! The messages of a file or stream: a schema, and record batches.

use std::io::{self, Read};

use super::super::fault::bad;
use super::batch::Batch;
use super::flatbuffer::Table;
use super::schema::{Leaves, leaves};
use crate::shared_file::SharedFile;

/// How a file begins, padded with zeros to 8 bytes, and how it ends.
const MAGIC: &[u8; 6] = b"ARROW1";

/// The longest metadata of a message, in bytes.
const MAX_METADATA: u64 = 64 << 20;

/// The most record batches.
const MAX_BATCHES: usize = 1 << 20;

/// Begins a message, since version 0.15.
const CONTINUATION: u32 = u32::MAX;

const SCHEMA: u8 = 1;
const DICTIONARY: u8 = 2;
const RECORD_BATCH: u8 = 3;

/// A message: its metadata, and where the data begin.
struct Message {
    metadata: Vec<u8>,
    body: u64,
}

/// The batches of a table, in order, without empty ones.
pub(super) fn batches(file: &SharedFile) -> io::Result<Vec<Batch>> {
    let mut begin = [0; 8];
    if file.len() < 8 {
        return Err(bad("is too short for an Arrow table: get it again"));
    }
    file.at(0).read_exact(&mut begin)?;
    let found = match begin {
        [magic @ .., 0, 0] if magic == *MAGIC => of_file(file),
        [b'F', b'E', b'A', b'1', ..] => {
            Err(bad("is of the first version of Feather: write it again, in Python \
             pyarrow.feather.write_feather(table, 'new.arrow', compression='uncompressed')"))
        }
        _ => of_stream(file),
    };
    found.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("ends within a record batch: get it again"),
        _ => error,
    })
}

/// Batches one behind the other, up to the end mark.
fn of_stream(file: &SharedFile) -> io::Result<Vec<Batch>> {
    let mut position = 0;
    let mut collected = Collected::default();
    loop {
        if position == file.len() {
            return Err(bad("is cut: its end mark is missing; get it again, or write it again"));
        }
        let Some(message) = message(file, position)? else { break };
        position = collected.add(file, &message)?;
    }
    Ok(collected.batches)
}

/// Batches at the places that the end of the file lists.
fn of_file(file: &SharedFile) -> io::Result<Vec<Batch>> {
    let cut = || bad("is cut, or damaged at its end: get it again");
    let mut end = [0; 10];
    let tail = file.len().checked_sub(10).filter(|&at| at >= 8).ok_or_else(cut)?;
    file.at(tail).read_exact(&mut end)?;
    let [a, b, c, d, magic @ ..] = end;
    if magic != *MAGIC {
        return Err(cut());
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = tail.checked_sub(length).filter(|&start| start >= 8 && length <= MAX_METADATA);
    let footer = read(file, start.ok_or_else(cut)?, length)?;
    let footer = Table::root(&footer)?;
    let leaves = leaves(&footer.table(1)?.ok_or_else(no_schema)?)?;
    let mut collected = Collected { leaves: Some(leaves), batches: Vec::new() };
    let blocks = footer.vector(3)?;
    for index in 0..blocks.len {
        // The place of a message, its length, and that of its data.
        let block = blocks.element::<24>(index)?;
        let position = block.first_chunk().map_or(0, |at| u64::from_le_bytes(*at));
        let found = message(file, position)?;
        collected.add(file, &found.ok_or_else(cut)?)?;
    }
    Ok(collected.batches)
}

/// What was found so far.
#[derive(Default)]
struct Collected {
    leaves: Option<Leaves>,
    batches: Vec<Batch>,
}

impl Collected {
    /// Adds a message, and returns where the next one begins.
    fn add(&mut self, file: &SharedFile, message: &Message) -> io::Result<u64> {
        let table = Table::root(&message.metadata)?;
        let end = u64::try_from(table.long(3)?).ok().and_then(|it| it.checked_add(message.body));
        let end = end.filter(|&end| end <= file.len());
        let end = end.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let header = table.table(2)?.ok_or_else(no_schema)?;
        match (table.byte(1)?, self.leaves) {
            (SCHEMA, None) => self.leaves = Some(leaves(&header)?),
            (RECORD_BATCH, Some(leaves)) => {
                let last = self.batches.last();
                let first_row = last.map_or(0, |last| last.first_row + last.rows);
                let batch = Batch::read(&header, &leaves, first_row, message.body..end)?;
                if first_row.checked_add(batch.rows).is_none_or(|rows| rows > i64::MAX as u64) {
                    return Err(bad("has too many rows"));
                }
                if self.batches.len() >= MAX_BATCHES {
                    return Err(bad("has too many record batches: write larger ones"));
                }
                self.batches.extend((batch.rows > 0).then_some(batch));
            }
            (DICTIONARY, Some(_)) => {}
            (_, None) => return Err(no_schema()),
            _ => return Err(bad("has a message that is no record batch: write it again")),
        }
        Ok(end)
    }
}

/// The message at `position`; `None` at the end mark.
fn message(file: &SharedFile, position: u64) -> io::Result<Option<Message>> {
    let word = |at: u64| {
        let mut word = [0; 4];
        file.at(at).read_exact(&mut word)?;
        Ok::<_, io::Error>(u32::from_le_bytes(word))
    };
    let first = word(position)?;
    let (length, begin) = match first {
        CONTINUATION => (word(position + 4)?, position + 8),
        length => (length, position + 4),
    };
    if length == 0 {
        return Ok(None);
    }
    let (length, rest) = (u64::from(length), file.len() - begin);
    if length > MAX_METADATA || position == 0 && length > rest {
        return Err(bad("is no Arrow table, or a damaged one: get it again"));
    }
    if length > rest {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Message { metadata: read(file, begin, length)?, body: begin + length }))
}

fn read(file: &SharedFile, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut data = vec![0; length as usize];
    file.at(start).read_exact(&mut data)?;
    Ok(data)
}

fn no_schema() -> io::Error {
    bad("is no Arrow table: it does not begin with a schema")
}
