//! The headers, masks and palette that precede the pixels of a bitmap.

use std::ops::Range;

use crate::decode::fault::Fault;
use crate::decode::format::is_dib;
use crate::decode::limits::Limits;

/// How pixels are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Raw,
    Rle8,
    Rle4,
    BitFields,
}

pub(super) struct Header {
    pub width: usize,
    pub height: usize,
    /// The first row stored is the top one.
    pub top_down: bool,
    /// Bits of a pixel: 1, 4, 8, 16, 24 or 32.
    pub bits: usize,
    pub compression: Compression,
    /// Red, green, blue and alpha masks; zero unless `compression` is `BitFields`.
    pub masks: [u32; 4],
    /// Where the palette is; empty above 8 bits.
    pub palette: Range<usize>,
    /// Bytes of a palette entry: 3 in OS/2 files, else 4.
    pub entry: usize,
    /// Where the pixels begin.
    pub body: usize,
}

impl Header {
    pub(super) fn read(data: &[u8], limits: &Limits) -> Result<Self, Fault> {
        // Offsets are those behind the file header of 14 bytes, which a DIB does not have.
        let dib = is_dib(data);
        let begin = if dib { 0 } else { 14 };
        let u16_at = |at: usize| bytes_at(data, begin + at - 14).map(u16::from_le_bytes);
        let u32_at = |at: usize| bytes_at(data, begin + at - 14).map(u32::from_le_bytes);
        let size = u32_at(14)? as usize;
        let old = size == 12;
        if !old && !matches!(size, 40 | 52 | 56 | 64 | 108 | 124) {
            return Err(Fault::unsupported(format!("a header of {size} bytes")));
        }
        let (wide, rows, bits) = if old {
            (u16_at(18)?.into(), i64::from(u16_at(20)?), u16_at(24)?)
        } else {
            // A negative height means that the top row comes first.
            (u32_at(18)?.into(), i64::from(u32_at(22)? as i32), u16_at(28)?)
        };
        let (width, height) = limits.check(wide, rows.unsigned_abs())?;
        let code = if old { 0 } else { u32_at(30)? };
        let compression = match (code, bits) {
            (0, 1 | 4 | 8 | 16 | 24 | 32) => Compression::Raw,
            (1, 1 | 4 | 8) => Compression::Rle8,
            (2, 1 | 4 | 8) => Compression::Rle4,
            (3, 16 | 24 | 32) => Compression::BitFields,
            (4, _) => return Err(Fault::unsupported("a JPEG picture inside")),
            (5, _) => return Err(Fault::unsupported("a PNG picture inside")),
            (0..=3, _) => {
                return Err(Fault::unsupported(format!("{bits} bits a pixel, stored this way")));
            }
            _ => return Err(Fault::unsupported("compressed in an unknown way")),
        };

        let mut end = begin + size;
        let mut masks = [0; 4];
        if compression == Compression::BitFields {
            // They are part of the larger headers and follow the smallest; alpha came last.
            let count = if size >= 56 { 4 } else { 3 };
            for (i, mask) in masks.iter_mut().enumerate().take(count) {
                *mask = u32_at(54 + 4 * i)?;
            }
            end = end.max(begin + 40 + 12);
        }

        let entry = if old { 3 } else { 4 };
        let colours = match (bits, if old { 0 } else { u32_at(46)? as usize }) {
            (16.., _) => 0,
            (_, 0) => 1 << bits,
            (_, many @ 65_537..) => {
                return Err(Fault::damaged(format!("its palette has {many} colours")));
            }
            (_, colours) => colours,
        };
        let palette = end..end + entry * colours;
        let stored = if dib { 0 } else { bytes_at(data, 10).map(u32::from_le_bytes)? as usize };
        // Some writers leave the offset out, or forget the palette in it.
        let body = if stored == 0 || stored == end { palette.end } else { stored };

        let (top_down, bits) = (rows < 0, usize::from(bits));
        Ok(Self { width, height, top_down, bits, compression, masks, palette, entry, body })
    }
}

fn bytes_at<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N], Fault> {
    let bytes = data.get(at..).and_then(|rest| rest.first_chunk::<N>());
    bytes.copied().ok_or(Fault::ends_within("the header"))
}
