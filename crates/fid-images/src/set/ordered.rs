//! Records of a compressed stream, which are only reached in order.

use std::io::{self, Read};

/// Bytes that are reserved for a record before any of it has been read.
const RESERVED: u64 = 1 << 20;

/// A stream of records of one length.
pub(super) struct OrderedRecords {
    reader: Box<dyn Read + Send>,
    /// Bytes of a record.
    length: u64,
    /// Records of the whole stream.
    count: usize,
    next: usize,
    /// The message of the first failure: nothing behind it can be reached.
    failed: Option<String>,
}

impl OrderedRecords {
    /// `reader` stands at the first of `count` records of `length` bytes.
    pub(super) fn new(reader: Box<dyn Read + Send>, length: u64, count: usize) -> Self {
        Self { reader, length, count, next: 0, failed: None }
    }

    /// Whether a record can be read without going back to the start, or a failure be reported.
    pub(super) fn reaches(&self, index: usize) -> bool {
        self.next <= index || self.failed.is_some()
    }

    /// Reads the record at `index`, which [`reaches`](Self::reaches) accepts, and skips those before
    /// it.
    pub(super) fn read(&mut self, index: usize) -> io::Result<Vec<u8>> {
        if let Some(message) = &self.failed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, message.clone()));
        }
        let record = self.advance(index);
        if let Err(error) = &record {
            self.failed = Some(error.to_string());
        }
        record
    }

    fn advance(&mut self, index: usize) -> io::Result<Vec<u8>> {
        let before = (index - self.next) as u64 * self.length;
        let skipped = io::copy(&mut self.reader.by_ref().take(before), &mut io::sink())?;
        if skipped < before {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let record = read_exactly(&mut self.reader, self.length)?;
        self.next = index + 1;
        // The checksum is compared at the end of the data.
        if self.next == self.count && self.reader.read(&mut [0])? > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more follows the last image"));
        }
        Ok(record)
    }
}

/// Reads `length` bytes. The buffer grows as it is read, because lengths come from the file.
pub(super) fn read_exactly(reader: &mut dyn Read, length: u64) -> io::Result<Vec<u8>> {
    let mut record = Vec::with_capacity(length.min(RESERVED) as usize);
    reader.take(length).read_to_end(&mut record)?;
    if (record.len() as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(record)
}
