//! Headers and values of arrays.

use std::io::Read;

use super::dtype::Dtype;
use super::error::NpyError;
use super::header::{Header, MAGIC, parse};

/// NumPy, too, refuses longer headers unless told that the file is trusted.
const MAX_HEADER: usize = 10_000;

/// Bytes read at a time.
pub(super) const CHUNK: usize = 1 << 16;

/// Reads the magic string, the version and the header. At most 10,000 bytes are
/// allocated.
///
/// # Errors
///
/// [`NpyError`] if the reader fails or holds no `.npy` header of version 1 to 3.
pub fn read_header(reader: &mut impl Read) -> Result<Header, NpyError> {
    let mut start = [0; 8];
    reader.read_exact(&mut start)?;
    if !start.starts_with(MAGIC) {
        return Err(NpyError::NotNpy);
    }
    let length = match (start[6], start[7]) {
        (1, 0) => {
            let mut length = [0; 2];
            reader.read_exact(&mut length)?;
            usize::from(u16::from_le_bytes(length))
        }
        (2 | 3, 0) => {
            let mut length = [0; 4];
            reader.read_exact(&mut length)?;
            u32::from_le_bytes(length) as usize
        }
        (major, minor) => return Err(NpyError::Version { major, minor }),
    };
    if length > MAX_HEADER {
        return Err(NpyError::Header { message: format!("it claims {length} bytes") });
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text)?;
    parse(&String::from_utf8_lossy(&text)).map_err(|message| NpyError::Header { message })
}

/// Reads `count` values after the header, each converted by `value` from its little-endian bytes,
/// and checks that the reader ends behind them. `count` values are allocated: take it from a shape
/// that you asked for, never from the file.
///
/// # Errors
///
/// [`NpyError`] if the reader fails, or holds fewer or more values.
pub fn read_values<T, const SIZE: usize>(
    reader: &mut impl Read,
    count: usize,
    value: fn([u8; SIZE]) -> T,
) -> Result<Vec<T>, NpyError> {
    let mut values = Vec::with_capacity(count);
    let mut chunk = vec![0; CHUNK / SIZE * SIZE];
    while values.len() < count {
        let bytes = ((count - values.len()) * SIZE).min(chunk.len());
        reader.read_exact(&mut chunk[..bytes])?;
        values.extend(chunk[..bytes].as_chunks().0.iter().copied().map(value));
    }
    require_end(reader)?;
    Ok(values)
}

/// Checks that nothing follows. Reading to the end also makes an archive compare the checksum.
pub(super) fn require_end(reader: &mut impl Read) -> Result<(), NpyError> {
    match reader.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(NpyError::TooLong),
    }
}

/// The type in a header, if it is one of `allowed`.
///
/// # Errors
///
/// [`NpyError::Dtype`] for any other type.
pub fn require_dtype(header: &Header, allowed: &[Dtype]) -> Result<Dtype, NpyError> {
    let found = allowed.iter().find(|dtype| dtype.descr() == header.descr);
    found.copied().ok_or_else(|| NpyError::Dtype {
        found: header.descr.clone(),
        allowed: allowed.iter().map(|dtype| dtype.descr()).collect::<Vec<_>>().join(" or "),
    })
}

/// Checks the shape in a header.
///
/// # Errors
///
/// [`NpyError::Shape`] for any other shape.
pub fn require_shape(header: &Header, expected: &[u64]) -> Result<(), NpyError> {
    if header.shape == expected {
        return Ok(());
    }
    Err(NpyError::Shape { found: header.shape.clone(), expected: format!("{expected:?}") })
}
