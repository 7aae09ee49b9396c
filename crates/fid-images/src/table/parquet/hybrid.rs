//! Small integers as runs and as packed bits: levels, and indices into a dictionary.
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>

use std::io;

use super::super::fault::bad;

/// Decodes `count` integers of `width` bits. `visit` gets each and the number of times it repeats.
pub(super) fn decode(
    data: &[u8],
    width: u32,
    count: u64,
    mut visit: impl FnMut(u32, u64) -> io::Result<()>,
) -> io::Result<()> {
    if width > 32 {
        return Err(bad("it has integers of more than 32 bits"));
    }
    let mut data = data;
    let mut left = count;
    while left > 0 {
        let head = varint(&mut data)?;
        if head & 1 == 0 {
            let run = (head >> 1).min(left);
            let bytes = take(&mut data, u64::from(width.div_ceil(8)))?;
            let mut value = [0; 4];
            value[..bytes.len()].copy_from_slice(bytes);
            if run == 0 {
                return Err(bad("it has a run of no values"));
            }
            visit(u32::from_le_bytes(value), run)?;
            left -= run;
        } else {
            // Groups of eight, of which the last may be longer than what is left.
            let groups = head >> 1;
            let bytes = groups.checked_mul(u64::from(width)).ok_or_else(early)?;
            let available = data.len() as u64;
            let packed = take(&mut data, bytes.min(available))?;
            let run = groups.saturating_mul(8).min(left);
            if run == 0 || (packed.len() as u64) * 8 < run * u64::from(width) {
                return Err(early());
            }
            for at in 0..run {
                visit(bits(packed, at * u64::from(width), width) as u32, 1)?;
            }
            left -= run;
        }
    }
    Ok(())
}

/// `width` bits, up to 64, that begin at bit `at`; the lowest bit of each byte comes first.
pub(super) fn bits(packed: &[u8], at: u64, width: u32) -> u64 {
    let first = (at / 8) as usize;
    let mut window = [0; 16];
    let bytes = packed.get(first..).unwrap_or_default();
    let length = bytes.len().min(16);
    window[..length].copy_from_slice(&bytes[..length]);
    let value = u128::from_le_bytes(window) >> (at % 8);
    (value & ((1 << width) - 1)) as u64
}

/// Takes an integer of seven bits a byte off the front.
pub(super) fn varint(data: &mut &[u8]) -> io::Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(data, 1)?[0];
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(bad("it has a number of more than 64 bits"))
}

/// Takes bytes off the front.
pub(super) fn take<'a>(data: &mut &'a [u8], length: u64) -> io::Result<&'a [u8]> {
    let length = usize::try_from(length).map_err(|_| early())?;
    let (taken, rest) = data.split_at_checked(length).ok_or_else(early)?;
    *data = rest;
    Ok(taken)
}

fn early() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(data: &[u8], width: u32, count: u64) -> io::Result<Vec<u32>> {
        let mut found = Vec::new();
        decode(data, width, count, |value, run| {
            found.extend((0..run).map(|_| value));
            Ok(())
        })?;
        Ok(found)
    }

    /// The example of the format's document: 0 to 7 in three bits.
    #[test]
    fn packed_bits_and_runs() {
        let packed = [0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(decoded(&packed, 3, 8).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(decoded(&packed, 3, 5).unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(decoded(&[0x08, 0x34, 0x12], 16, 4).unwrap(), [0x1234; 4]);
        assert_eq!(decoded(&[0x06], 0, 3).unwrap(), [0; 3]);
        for (data, width, count) in
            [(&packed[..3], 3, 8), (&[0x08, 0x34], 16, 4), (&[], 1, 1), (&[0], 1, 1), (&[1], 1, 1)]
        {
            assert!(decoded(data, width, count).is_err(), "{data:?}");
        }
    }
}
