//! Writing arrays.

use std::io::{self, Write};

use super::dtype::Dtype;
use super::header::MAGIC;

/// Bytes written at a time.
const CHUNK: usize = 1 << 16;

/// NumPy starts the data at a multiple of this many bytes.
const ALIGNMENT: usize = 64;

/// Writes a version 1 header of an array in C order.
///
/// # Errors
///
/// Errors of the writer; an error if the shape does not fit into a version 1 header (thousands of
/// dimensions).
pub fn write_header(out: &mut impl Write, dtype: Dtype, shape: &[usize]) -> io::Result<()> {
    let comma = if shape.len() == 1 { "," } else { "" };
    let sizes = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let descr = dtype.descr();
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}{comma}), }}");
    let before = MAGIC.len() + 4;
    let end = (before + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', end - before - text.len() - 1));
    text.push('\n');
    let length = u16::try_from(text.len()).map_err(io::Error::other)?;
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(text.as_bytes())
}

/// Writes values, each as the little-endian bytes that `bytes` makes of it.
///
/// # Errors
///
/// Errors of the writer.
pub fn write_values<T: Copy, const SIZE: usize>(
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
