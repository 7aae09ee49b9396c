//! Bits of Huffman-coded data, highest first.

use super::codes::Huffman;
use super::source::Source;
use crate::decode::fault::Fault;

/// Most bits that one coefficient takes: a code of 16, one bit more in a wrong code, 15 of value.
const ENOUGH: u32 = 32;

pub(super) struct Bits<'a> {
    source: Source<'a>,
    /// The next bit is the highest; below the `count` bits that were read there are zeros.
    buffer: u64,
    count: u32,
    /// Bits were taken that the data does not have. They are zeros.
    pub starved: bool,
    /// The file ends inside the data, without a marker.
    pub ended: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self { source, buffer: 0, count: 0, starved: false, ended: false }
    }

    /// Makes sure that there are bits for one coefficient, unless the data ends before.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count >= ENOUGH {
            return;
        }
        if let Some(word) = self.source.coded_word() {
            self.buffer |= u64::from(word) << (32 - self.count);
            self.count += 32;
        } else {
            self.fill_slowly();
        }
    }

    #[cold]
    fn fill_slowly(&mut self) {
        while self.count < ENOUGH {
            match self.source.coded_byte() {
                Ok(Some(byte)) => {
                    self.buffer |= u64::from(byte) << (56 - self.count);
                    self.count += 8;
                }
                Ok(None) => return,
                Err(_) => {
                    self.ended = true;
                    return;
                }
            }
        }
    }

    #[inline]
    fn peek(&self, count: u32) -> usize {
        (self.buffer >> (64 - count)) as usize
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        if count <= self.count {
            self.count -= count;
        } else {
            self.count = 0;
            self.starved = true;
        }
    }

    /// The next symbol; 0 for a code that the table does not hold.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Huffman) -> u8 {
        let (length, symbol) = match table.short(self.peek(Huffman::SHORT)) {
            Some(found) => found,
            None => table.long(self.peek(16)),
        };
        self.skip(length);
        symbol
    }

    /// An unsigned number of `count` bits, 0 to 16.
    #[inline]
    pub(super) fn number(&mut self, count: u32) -> i32 {
        if count == 0 {
            return 0;
        }
        let value = self.peek(count) as i32;
        self.skip(count);
        value
    }

    /// A difference or coefficient of `size` bits: the lower half of the range means the negative
    /// numbers (T.81, F.2.2.1).
    #[inline]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        let value = self.number(size);
        let half = (1 << size) >> 1;
        if value < half { value - (1 << size) + 1 } else { value }
    }

    /// Drops the rest of the data before a restart mark and goes on behind the mark.
    pub(super) fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        (self.buffer, self.count) = (0, 0);
        self.source.restart(expected)?;
        if self.source.marker.is_none() {
            self.starved = false;
        }
        Ok(())
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }
}
