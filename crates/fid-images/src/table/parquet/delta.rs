//! Integers as differences, in which lengths of values are written.
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC>

use std::io;

use super::super::fault::bad;
use super::hybrid::{bits, take, varint};

/// The most values of a block.
const MAX_BLOCK: u64 = 1 << 20;

/// Takes `count` integers off the front, which are lengths: negative ones are refused.
pub(super) fn lengths(data: &mut &[u8], count: u64) -> io::Result<Vec<u64>> {
    let block = varint(data)?;
    let minis = varint(data)?;
    let total = varint(data)?;
    let mut last = zigzag(data)?;
    let values = block.checked_div(minis).unwrap_or_default();
    if total != count || block > MAX_BLOCK || values == 0 || values % 8 > 0 {
        return Err(bad("its lengths are damaged"));
    }
    let length = |value: i64| u64::try_from(value).map_err(|_| bad("it has a negative length"));
    let mut found = Vec::new();
    if total > 0 {
        found.push(length(last)?);
    }
    while (found.len() as u64) < total {
        let least = zigzag(data)?;
        let widths = take(data, minis)?;
        for &width in widths {
            let left = (total - found.len() as u64).min(values);
            if left == 0 {
                // Blocks behind the last value have widths and no bits.
                break;
            }
            if width > 64 {
                return Err(bad("it has integers of more than 64 bits"));
            }
            let packed = take(data, values / 8 * u64::from(width))?;
            for at in 0..left {
                let delta = bits(packed, at * u64::from(width), width.into()) as i64;
                last = last.wrapping_add(least).wrapping_add(delta);
                found.push(length(last)?);
            }
        }
    }
    Ok(found)
}

fn zigzag(data: &mut &[u8]) -> io::Result<i64> {
    let value = varint(data)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second example of the format's document: 7, 5, 3, 1, 2, 3, 4, 5 have the differences
    /// -2, -2, -2, 1, 1, 1, 1, of which the least is -2.
    #[test]
    fn differences_are_added_up() {
        let mut packed = 0_u64;
        for (at, delta) in [0, 0, 0, 3, 3, 3, 3].into_iter().enumerate() {
            packed |= delta << (2 * at);
        }
        let mut data = vec![128, 1, 4, 8, 14, 3, 2, 0, 0, 0];
        data.extend(packed.to_le_bytes());
        data.push(99);
        let mut rest = &data[..];
        assert_eq!(lengths(&mut rest, 8).unwrap(), [7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(rest, [99]);
        assert!(lengths(&mut &data[..], 9).is_err());
        for end in 0..data.len() - 1 {
            assert!(lengths(&mut &data[..end], 8).is_err(), "{end}");
        }
        data[4] = 9; // begins with -5
        assert!(lengths(&mut &data[..], 8).unwrap_err().to_string().contains("negative"));
    }
}
