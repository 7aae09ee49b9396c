//! The first directory of a TIFF file, and the numbers among its values. Exif and the index of
//! JPEG files with several pictures have the same form.

use crate::decode::fault::Fault;

/// Numbers of the tags that are read.
pub(super) mod tag {
    pub(in super::super) const WIDTH: u16 = 256;
    pub(in super::super) const HEIGHT: u16 = 257;
    pub(in super::super) const BITS: u16 = 258;
    pub(in super::super) const COMPRESSION: u16 = 259;
    pub(in super::super) const PHOTOMETRIC: u16 = 262;
    pub(in super::super) const FILL_ORDER: u16 = 266;
    pub(in super::super) const STRIP_OFFSETS: u16 = 273;
    pub(in super::super) const ORIENTATION: u16 = 274;
    pub(in super::super) const SAMPLES: u16 = 277;
    pub(in super::super) const ROWS_PER_STRIP: u16 = 278;
    pub(in super::super) const STRIP_BYTES: u16 = 279;
    pub(in super::super) const PLANAR: u16 = 284;
    pub(in super::super) const FAX_OPTIONS: u16 = 292;
    pub(in super::super) const PREDICTOR: u16 = 317;
    pub(in super::super) const COLOR_MAP: u16 = 320;
    pub(in super::super) const TILE_WIDTH: u16 = 322;
    pub(in super::super) const TILE_HEIGHT: u16 = 323;
    pub(in super::super) const TILE_OFFSETS: u16 = 324;
    pub(in super::super) const TILE_BYTES: u16 = 325;
    pub(in super::super) const EXTRA_SAMPLES: u16 = 338;
    pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
    pub(in super::super) const JPEG_TABLES: u16 = 347;
    pub(in super::super) const YCBCR_COEFFICIENTS: u16 = 529;
    pub(in super::super) const YCBCR_SUBSAMPLING: u16 = 530;
    pub(in super::super) const REFERENCE_BLACK_WHITE: u16 = 532;
    pub(in super::super) const XMP: u16 = 700;

    /// Tags without which a picture might come out wrong.
    pub(super) const NEEDED: [u16; 22] = [
        WIDTH,
        HEIGHT,
        BITS,
        COMPRESSION,
        PHOTOMETRIC,
        FILL_ORDER,
        STRIP_OFFSETS,
        SAMPLES,
        ROWS_PER_STRIP,
        STRIP_BYTES,
        PLANAR,
        FAX_OPTIONS,
        PREDICTOR,
        COLOR_MAP,
        TILE_WIDTH,
        TILE_HEIGHT,
        TILE_OFFSETS,
        TILE_BYTES,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
        JPEG_TABLES,
        YCBCR_SUBSAMPLING,
    ];
}

pub(super) struct Directory {
    pub(super) big_endian: bool,
    /// Every entry is in the file.
    pub(super) whole: bool,
    /// Another directory follows.
    pub(super) more: bool,
    entries: Vec<Entry>,
}

struct Entry {
    tag: u16,
    kind: u16,
    count: usize,
    /// Offset of the first value in the file.
    at: usize,
}

/// The type of ratios of two 32-bit integers.
const RATIONAL: u16 = 5;

/// The types of unsigned integers, and of bytes that stand for them.
const INTEGERS: &[u16] = &[1, 7, 3, 4, 13, 16, 18];

/// Bytes of one value of a type (TIFF 6.0, and 16 to 18 of BigTIFF).
fn bytes_of(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        RATIONAL | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

/// The first unsigned integer under a tag of a block that has the form of a TIFF file.
pub(super) fn number(block: &[u8], tag: u16) -> Option<u64> {
    Directory::first(block).ok()?.number(block, tag)
}

impl Directory {
    /// Reads the directory of the first page, of a classic TIFF or a BigTIFF.
    pub(super) fn first(data: &[u8]) -> Result<Self, Fault> {
        let big_endian = data.first() == Some(&b'M');
        let mut found = Self { big_endian, whole: true, more: false, entries: Vec::new() };
        let cut = || Fault::ends_within("its tags");
        let big = found.integer(data, 2, 2).ok_or_else(cut)? == 43;
        let word = if big { 8 } else { 4 }; // bytes of counts and offsets
        let begin = found.integer(data, if big { 8 } else { 4 }, word).ok_or_else(cut)? as usize;
        let head = if big { 8 } else { 2 };
        let count = found.integer(data, begin, head).ok_or_else(cut)? as usize;

        let mut is_cut = false;
        let place = |index: usize| begin.saturating_add(head + index * (4 + 2 * word));
        for index in 0..count.min(4096) {
            match found.entry(data, place(index), word) {
                Some(entry) => {
                    let end = entry.at.saturating_add(entry.count.saturating_mul(entry.bytes()));
                    // Pillow looks at no tag from the first one on that is cut off. Those that
                    // describe the pixels must not be among them.
                    is_cut |= end > data.len();
                    if is_cut && tag::NEEDED.contains(&entry.tag) {
                        return Err(cut());
                    }
                    found.entries.push(entry);
                }
                None => found.whole = false,
            }
        }
        found.more = found.integer(data, place(count.min(4096)), word).is_some_and(|at| at > 0);
        Ok(found)
    }

    fn entry(&self, data: &[u8], at: usize, word: usize) -> Option<Entry> {
        let (tag, kind) =
            (self.integer(data, at, 2)? as u16, self.integer(data, at + 2, 2)? as u16);
        let count = self.integer(data, at + 4, word)? as usize;
        let inline = at + 4 + word;
        let value = self.integer(data, inline, word)? as usize;
        let at = if count.saturating_mul(bytes_of(kind)) <= word { inline } else { value };
        Some(Entry { tag, kind, count, at })
    }

    /// The bytes of a tag's values; `None` if it is missing, of another type, or cut off.
    fn bytes<'a>(&self, data: &'a [u8], tag: u16, kinds: &[u16]) -> Option<(&'a [u8], usize)> {
        let entry = self.entries.iter().find(|e| e.tag == tag && kinds.contains(&e.kind))?;
        let end = entry.at.checked_add(entry.count.checked_mul(entry.bytes())?)?;
        Some((data.get(entry.at..end)?, entry.bytes()))
    }

    /// The first `count` unsigned integers of a tag, or all if it has fewer; `None` if it is missing,
    /// of another type, or cut off.
    pub(super) fn leading(&self, data: &[u8], tag: u16, count: usize) -> Option<Vec<u64>> {
        let (bytes, size) = self.bytes(data, tag, INTEGERS)?;
        bytes.chunks_exact(size).take(count).map(|v| self.integer(v, 0, size)).collect()
    }

    /// The first unsigned integer of a tag.
    pub(super) fn number(&self, data: &[u8], tag: u16) -> Option<u64> {
        let (bytes, size) = self.bytes(data, tag, INTEGERS)?;
        self.integer(bytes, 0, size)
    }

    /// The last unsigned integer of a tag.
    pub(super) fn last(&self, data: &[u8], tag: u16) -> Option<u64> {
        let (bytes, size) = self.bytes(data, tag, INTEGERS)?;
        self.integer(bytes, bytes.len().checked_sub(size)?, size)
    }

    /// The unsigned ratios of a tag.
    pub(super) fn ratios(&self, data: &[u8], tag: u16) -> Option<Vec<f32>> {
        let (bytes, size) = self.bytes(data, tag, &[RATIONAL])?;
        let ratio = |v: &[u8]| {
            let (above, below) = (self.integer(v, 0, 4)?, self.integer(v, 4, 4)?);
            Some(if below == 0 { 0.0 } else { (above as f64 / below as f64) as f32 })
        };
        bytes.chunks_exact(size).map(ratio).collect()
    }

    /// The content of a tag of bytes without a meaning.
    pub(super) fn content<'a>(&self, data: &'a [u8], tag: u16) -> Option<&'a [u8]> {
        Some(self.bytes(data, tag, &[1, 2, 7])?.0)
    }

    /// The orientation from its tag or, where that is missing, from an XMP block: Pillow looks
    /// there, too. 1 is upright.
    pub(super) fn orientation(&self, data: &[u8]) -> u64 {
        if self.bytes(data, tag::ORIENTATION, INTEGERS).is_some() {
            return self.number(data, tag::ORIENTATION).unwrap_or(1);
        }
        let xmp = self.content(data, tag::XMP).unwrap_or_default();
        let name = b"tiff:Orientation";
        let mut places = xmp.windows(name.len()).enumerate().filter(|(_, text)| text == name);
        let digit = places.find_map(|(at, _)| match &xmp[at + name.len()..] {
            [b'=', b'"', digit, ..] | [b'>', digit, ..] if digit.is_ascii_digit() => Some(*digit),
            _ => None,
        });
        digit.map_or(1, |digit| u64::from(digit - b'0'))
    }

    fn integer(&self, data: &[u8], at: usize, size: usize) -> Option<u64> {
        let bytes = data.get(at..)?.get(..size)?;
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let forward = self.big_endian;
        Some(if forward { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    }
}

impl Entry {
    /// Bytes of one value.
    fn bytes(&self) -> usize {
        bytes_of(self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of one tag, which is all that is looked at here.
    fn one_tag(tag: u16, kind: u16, count: u32) -> Vec<u8> {
        let mut file = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
        file.extend([tag, kind].map(u16::to_be_bytes).concat());
        file.extend([count, 26].map(u32::to_be_bytes).concat());
        file.extend([0; 36]);
        file
    }

    #[test]
    fn no_tag_of_the_pixels_has_more_values_than_the_file() {
        // Found by fuzzing: 184 MB were reserved for the values of a file of 148 bytes.
        for kind in 0..=18 {
            let read = Directory::first(&one_tag(tag::BITS, kind, 5_767_168));
            assert!(read.is_err(), "type {kind}");
            assert!(Directory::first(&one_tag(tag::BITS, kind, 4)).is_ok(), "type {kind}");
        }
    }
}
