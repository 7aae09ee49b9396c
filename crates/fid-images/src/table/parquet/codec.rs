//! Compression of pages.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

use super::super::fault::bad;

/// The most bytes that a byte of these formats unpacks to: a copy of 64 bytes takes three in Snappy,
/// one byte extends a copy of LZ4 by 255.
const RATIO: u64 = 256;

/// Bytes that are reserved before any have been unpacked.
const RESERVED: u64 = 1 << 20;

const NAMES: [&str; 8] =
    ["uncompressed", "Snappy", "gzip", "LZO", "Brotli", "LZ4 of Hadoop", "Zstandard", "LZ4"];

/// The code of pages that are not compressed.
pub(super) const UNCOMPRESSED: i64 = 0;

/// Refuses what is not read.
pub(super) fn require(codec: i64) -> io::Result<()> {
    if matches!(codec, 0..=2 | 6 | 7) {
        return Ok(());
    }
    let name = usize::try_from(codec).ok().and_then(|codec| NAMES.get(codec));
    let name = name.map_or_else(|| format!("method {codec}"), |name| (*name).into());
    Err(bad(format!(
        "has images compressed by {name}, which is not read: write it with another compression, in \
         Python pyarrow.parquet.write_table(table, 'new.parquet', compression='none')"
    )))
}

/// Unpacks `data` to exactly `length` bytes.
pub(super) fn unpack(codec: i64, data: &[u8], length: u64) -> io::Result<Vec<u8>> {
    let claimed = || bad(format!("a page claims {length} bytes, which it cannot unpack to"));
    let damaged = || bad("a page does not unpack");
    let bounded = length <= (data.len() as u64).saturating_mul(RATIO) + RATIO;
    let unpacked = match codec {
        UNCOMPRESSED => data.to_vec(),
        1 => {
            if !bounded || snap::raw::decompress_len(data).ok() != Some(length as usize) {
                return Err(claimed());
            }
            snap::raw::Decoder::new().decompress_vec(data).map_err(|_| damaged())?
        }
        2 => take(MultiGzDecoder::new(data), length).map_err(|_| damaged())?,
        6 => take(StreamingDecoder::new(data).map_err(|_| damaged())?, length)
            .map_err(|_| damaged())?,
        7 if bounded => {
            let mut unpacked = vec![0; length as usize];
            let found = lz4_flex::block::decompress_into(data, &mut unpacked);
            unpacked.truncate(found.map_err(|_| damaged())?);
            unpacked
        }
        7 => return Err(claimed()),
        _ => return require(codec).map(|()| Vec::new()),
    };
    if unpacked.len() as u64 == length { Ok(unpacked) } else { Err(claimed()) }
}

/// Reads one byte more than `length`, so that longer data is noticed.
fn take(reader: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::with_capacity(length.min(RESERVED) as usize);
    reader.take(length.saturating_add(1)).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_checked_before_memory_is_allocated() {
        let packed = snap::raw::Encoder::new().compress_vec(&[7; 5000]).unwrap();
        assert_eq!(unpack(1, &packed, 5000).unwrap(), [7; 5000]);
        for codec in [0, 1, 2, 6, 7] {
            for length in [0, 4999, 5001, 1 << 30] {
                assert!(unpack(codec, &packed, length).is_err(), "{codec} {length}");
            }
        }
        // A preamble of 4 GB.
        let bomb = [&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F][..], &packed[2..]].concat();
        assert!(unpack(1, &bomb, 0xFFFF_FFFF).unwrap_err().to_string().contains("claims"));
        assert!(require(4).unwrap_err().to_string().contains("Brotli"));
        assert!(require(99).is_err() && require(-1).is_err());
    }
}
