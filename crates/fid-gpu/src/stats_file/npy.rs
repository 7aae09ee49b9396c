//! NumPy's `.npy` format, as far as statistics need it: little-endian arrays, headers of versions 1
//! to 3, either order. <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::io::{self, Read, Write};

use super::header::{Header, parse};
use super::{Dtype, MemberProblem};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// NumPy itself refuses longer headers unless told that the file is trusted.
const MAX_HEADER: usize = 10_000;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// Where the data begin, counted from the file's start, in multiples of this: as NumPy writes it.
const ALIGNMENT: usize = 64;

/// Reads magic, version and header.
pub(crate) fn read_header(reader: &mut impl Read) -> Result<Header, MemberProblem> {
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(MemberProblem::from_io)?;
    if !start.starts_with(MAGIC) {
        return Err(MemberProblem::NotNpy);
    }
    let length = match (start[6], start[7]) {
        (1, 0) => {
            let mut length = [0; 2];
            reader.read_exact(&mut length).map_err(MemberProblem::from_io)?;
            usize::from(u16::from_le_bytes(length))
        }
        (2 | 3, 0) => {
            let mut length = [0; 4];
            reader.read_exact(&mut length).map_err(MemberProblem::from_io)?;
            u32::from_le_bytes(length) as usize
        }
        (major, minor) => return Err(MemberProblem::Version { major, minor }),
    };
    if length > MAX_HEADER {
        return Err(MemberProblem::Header { message: format!("it claims {length} bytes") });
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).map_err(MemberProblem::from_io)?;
    let text = String::from_utf8_lossy(&text);
    parse(&text).map_err(|message| MemberProblem::Header { message })
}

/// Reads the values after the header, converted by `value` from their little-endian bytes, and
/// checks that nothing follows. `count` must come from a shape that was checked: it is allocated.
pub(super) fn read_values<T, const SIZE: usize>(
    reader: &mut impl Read,
    count: usize,
    value: fn([u8; SIZE]) -> T,
) -> Result<Vec<T>, MemberProblem> {
    let mut values = Vec::with_capacity(count);
    let mut chunk = vec![0; CHUNK / SIZE * SIZE];
    while values.len() < count {
        let bytes = ((count - values.len()) * SIZE).min(chunk.len());
        reader.read_exact(&mut chunk[..bytes]).map_err(MemberProblem::from_io)?;
        values.extend(chunk[..bytes].as_chunks().0.iter().copied().map(value));
    }
    // Also what makes the archive compare the checksum.
    match reader.read(&mut [0]).map_err(MemberProblem::from_io)? {
        0 => Ok(values),
        _ => Err(MemberProblem::TooLong),
    }
}

/// The mistake in a header whose type is none of `allowed`.
pub(super) fn require_dtype(header: &Header, allowed: &[Dtype]) -> Result<Dtype, MemberProblem> {
    let found = allowed.iter().find(|dtype| dtype.descr() == header.descr);
    found.copied().ok_or_else(|| MemberProblem::Dtype {
        found: header.descr.clone(),
        allowed: allowed.iter().map(|dtype| dtype.descr()).collect::<Vec<_>>().join(" or "),
    })
}

/// Writes a version 1 header of an array in C order.
pub(super) fn write_header(out: &mut impl Write, dtype: Dtype, shape: &[usize]) -> io::Result<()> {
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let descr = dtype.descr();
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}{comma}), }}");
    let before = MAGIC.len() + 4;
    let end = (before + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', end - before - text.len() - 1));
    text.push('\n');
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    // At most a few dozen bytes: two numbers and fixed words.
    out.write_all(&(text.len() as u16).to_le_bytes())?;
    out.write_all(text.as_bytes())
}

/// Writes values as `bytes` gives them.
pub(super) fn write_values<T: Copy, const SIZE: usize>(
    out: &mut impl Write,
    values: &[T],
    bytes: fn(T) -> [u8; SIZE],
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(CHUNK);
    for values in values.chunks(CHUNK / SIZE) {
        buffer.clear();
        values.iter().for_each(|&value| buffer.extend_from_slice(&bytes(value)));
        out.write_all(&buffer)?;
    }
    Ok(())
}
