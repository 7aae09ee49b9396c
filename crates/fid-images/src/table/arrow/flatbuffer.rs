//! Tables of FlatBuffers, in which Arrow writes its metadata. Every access is checked.
//! <https://flatbuffers.dev/internals/>

use std::io;

use super::super::fault::bad;

/// The longest text that is read, in bytes: many fields may refer to the same one.
const MAX_TEXT: usize = 4096;

/// A table in a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    data: &'a [u8],
    position: usize,
}

/// A vector in a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vector<'a> {
    data: &'a [u8],
    begin: usize,
    pub(super) len: usize,
}

impl<'a> Table<'a> {
    /// The table that a buffer begins with.
    pub(super) fn root(data: &'a [u8]) -> io::Result<Self> {
        let position = offset(data, 0)?;
        bytes::<4>(data, position)?;
        Ok(Self { data, position })
    }

    /// Where a field's value is; `None` for a field that has its default value.
    fn field(&self, field: usize) -> io::Result<Option<usize>> {
        let back = i32::from_le_bytes(bytes(self.data, self.position)?);
        let vtable = self.position as i64 - i64::from(back);
        let vtable = usize::try_from(vtable).map_err(|_| damaged())?;
        let length = usize::from(u16::from_le_bytes(bytes(self.data, vtable)?));
        let entry = 4 + 2 * field;
        if entry + 2 > length {
            return Ok(None);
        }
        let offset = u16::from_le_bytes(bytes(self.data, vtable + entry)?);
        Ok((offset > 0).then_some(self.position + usize::from(offset)))
    }

    /// The bytes of a number, zero by default.
    pub(super) fn number<const N: usize>(&self, field: usize) -> io::Result<[u8; N]> {
        self.field(field)?.map_or(Ok([0; N]), |at| bytes(self.data, at))
    }

    pub(super) fn byte(&self, field: usize) -> io::Result<u8> {
        self.number::<1>(field).map(|[byte]| byte)
    }

    pub(super) fn long(&self, field: usize) -> io::Result<i64> {
        self.number(field).map(i64::from_le_bytes)
    }

    pub(super) fn table(&self, field: usize) -> io::Result<Option<Self>> {
        let Some(at) = self.field(field)? else { return Ok(None) };
        Ok(Some(Self { data: self.data, position: offset(self.data, at)? }))
    }

    pub(super) fn vector(&self, field: usize) -> io::Result<Vector<'a>> {
        let Some(at) = self.field(field)? else {
            return Ok(Vector { data: self.data, begin: 0, len: 0 });
        };
        let at = offset(self.data, at)?;
        let len = u32::from_le_bytes(bytes(self.data, at)?) as usize;
        Ok(Vector { data: self.data, begin: at + 4, len })
    }

    /// A text; what is no Unicode shows as `�`.
    pub(super) fn text(&self, field: usize) -> io::Result<String> {
        let Vector { data, begin, len } = self.vector(field)?;
        let text = data.get(begin..).and_then(|rest| rest.get(..len));
        let text = text.filter(|text| text.len() <= MAX_TEXT).ok_or_else(damaged)?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

impl<'a> Vector<'a> {
    /// An element of `N` bytes.
    pub(super) fn element<const N: usize>(&self, index: usize) -> io::Result<[u8; N]> {
        let at = index.checked_mul(N).and_then(|at| at.checked_add(self.begin));
        let at = at.filter(|_| index < self.len).ok_or_else(damaged)?;
        bytes(self.data, at)
    }

    /// An element that is a table.
    pub(super) fn table(&self, index: usize) -> io::Result<Table<'a>> {
        let at = index.checked_mul(4).and_then(|at| at.checked_add(self.begin));
        let at = at.filter(|_| index < self.len).ok_or_else(damaged)?;
        Ok(Table { data: self.data, position: offset(self.data, at)? })
    }
}

/// The place that an offset at `at` leads to.
fn offset(data: &[u8], at: usize) -> io::Result<usize> {
    Ok(at + u32::from_le_bytes(bytes(data, at)?) as usize)
}

fn bytes<const N: usize>(data: &[u8], at: usize) -> io::Result<[u8; N]> {
    data.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or_else(damaged)
}

fn damaged() -> io::Error {
    bad("has damaged metadata: get it again")
}
