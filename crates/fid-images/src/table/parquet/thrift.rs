//! The compact protocol of Thrift, in which Parquet writes its metadata.
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

use std::io::{self, Read};

use super::super::fault::bad;

/// Structures within each other.
const MAX_DEPTH: u32 = 32;

/// A type of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    True,
    False,
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Map,
    Struct,
}

impl Kind {
    fn of(code: u8) -> io::Result<Self> {
        Ok(match code {
            1 => Self::True,
            2 => Self::False,
            3 => Self::Byte,
            4..=6 => Self::Integer,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            _ => return Err(bad("its metadata has a value of an unknown type")),
        })
    }
}

/// Reads values one after the other. Nothing is kept that the caller does not ask for.
pub(super) struct Thrift<R> {
    reader: R,
    /// Bytes read so far.
    pub(super) position: u64,
    depth: u32,
}

impl<R: Read> Thrift<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, position: 0, depth: 0 }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        self.position += 1;
        Ok(byte[0])
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(bad("its metadata has a number of more than 64 bits"))
    }

    /// An integer of any width.
    pub(super) fn integer(&mut self) -> io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// An integer that cannot be negative.
    pub(super) fn size(&mut self) -> io::Result<u64> {
        u64::try_from(self.integer()?).map_err(|_| bad("its metadata has a negative size"))
    }

    /// A text of at most `most` bytes.
    pub(super) fn text(&mut self, most: u64) -> io::Result<String> {
        let length = self.varint()?;
        if length > most {
            return Err(bad("its metadata has a name that is too long"));
        }
        let mut text = vec![0; length as usize];
        self.reader.read_exact(&mut text)?;
        self.position += length;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The number of a list's elements.
    pub(super) fn list(&mut self) -> io::Result<u64> {
        Ok(self.list_of()?.0)
    }

    fn list_of(&mut self) -> io::Result<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Ok((count, head & 15))
    }

    /// Reads a structure. `visit` gets the number and type of each field, and reads or skips its
    /// value.
    pub(super) fn structure(
        &mut self,
        mut visit: impl FnMut(&mut Self, i64, Kind) -> io::Result<()>,
    ) -> io::Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad("its metadata is nested too deeply"));
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                self.depth -= 1;
                return Ok(());
            }
            field = match head >> 4 {
                0 => self.integer()?,
                step => field.saturating_add(i64::from(step)),
            };
            visit(self, field, Kind::of(head & 15)?)?;
        }
    }

    /// Skips a value.
    pub(super) fn skip(&mut self, kind: Kind) -> io::Result<()> {
        match kind {
            Kind::True | Kind::False => Ok(()),
            Kind::Byte => self.skip_bytes(1),
            Kind::Integer => self.varint().map(drop),
            Kind::Double => self.skip_bytes(8),
            Kind::Binary => {
                let length = self.varint()?;
                self.skip_bytes(length)
            }
            Kind::List => {
                let (count, code) = self.list_of()?;
                (0..count).try_for_each(|_| self.skip_element(code))
            }
            Kind::Map => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4)?;
                    self.skip_element(kinds & 15)
                })
            }
            Kind::Struct => self.structure(Self::skip_field),
        }
    }

    fn skip_field(&mut self, _: i64, kind: Kind) -> io::Result<()> {
        self.skip(kind)
    }

    /// Skips an element of a list or map, where booleans take a byte.
    fn skip_element(&mut self, code: u8) -> io::Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad("its metadata is nested too deeply"));
        }
        match Kind::of(code)? {
            Kind::True | Kind::False => self.skip_bytes(1),
            kind => self.skip(kind),
        }?;
        self.depth -= 1;
        Ok(())
    }

    fn skip_bytes(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.reader.by_ref().take(length), &mut io::sink())?;
        self.position += skipped;
        if skipped < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}
