//! The first directory of a TIFF file, and the integers among its values. Exif and the index of
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
    pub(in super::super) const ORIENTATION: u16 = 274;
    pub(in super::super) const SAMPLES: u16 = 277;
    pub(in super::super) const PLANAR: u16 = 284;
    pub(in super::super) const COLOR_MAP: u16 = 320;
    pub(in super::super) const EXTRA_SAMPLES: u16 = 338;
    pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
    pub(in super::super) const XMP: u16 = 700;
}

pub(super) struct Directory {
    big_endian: bool,
    entries: Vec<Entry>,
}

struct Entry {
    tag: u16,
    /// Bytes of one value; 0 for types that are not unsigned integers.
    size: usize,
    count: usize,
    /// Offset of the first value in the file.
    at: usize,
}

/// The first unsigned integer under a tag of a block that has the form of a TIFF file.
pub(super) fn number(block: &[u8], tag: u16) -> Option<u64> {
    Directory::first(block).ok()?.values(block, tag)?.first().copied()
}

impl Directory {
    /// Reads the directory of the first page, of a classic TIFF or a BigTIFF.
    pub(super) fn first(data: &[u8]) -> Result<Self, Fault> {
        let mut found = Self { big_endian: data.first() == Some(&b'M'), entries: Vec::new() };
        let read = |at, size| found.integer(data, at, size).ok_or(Fault::ends_within("its tags"));
        let big = read(2, 2)? == 43;
        let word = if big { 8 } else { 4 }; // bytes of counts and offsets
        let begin = read(if big { 8 } else { 4 }, word)? as usize;
        let head = if big { 8 } else { 2 };
        let count = read(begin, head)? as usize;

        let mut entries = Vec::new();
        for i in 0..count.min(4096) {
            let at = begin.saturating_add(head + i * (4 + 2 * word));
            // Unsigned integers, and others that are not read here. The crate allocates for any.
            let (size, bytes) = match read(at + 2, 2)? {
                1 | 7 => (1, 1),
                3 => (2, 2),
                4 | 13 => (4, 4),
                16 | 18 => (8, 8),
                8 => (0, 2),
                9 | 11 => (0, 4),
                5 | 10 | 12 | 17 => (0, 8),
                _ => (0, 1),
            };
            let count = read(at + 4, word)? as usize;
            let inline = at + 4 + word;
            let bytes = count.saturating_mul(bytes);
            let values = if bytes <= word { inline } else { read(inline, word)? as usize };
            let tag = read(at, 2)? as u16;
            let end = values.saturating_add(bytes);
            // A tag that describes the pixels must be whole; a private one may be cut off.
            if tag <= tag::SAMPLE_FORMAT && end > data.len() {
                return Err(Fault::ends_within("its tags"));
            }
            entries.push(Entry { tag, size, count, at: values });
        }
        found.entries = entries;
        Ok(found)
    }

    /// The unsigned integers of a tag; `None` if it is missing, of another type, or cut off.
    pub(super) fn values(&self, data: &[u8], tag: u16) -> Option<Vec<u64>> {
        let entry = self.entries.iter().find(|e| e.tag == tag && e.size > 0)?;
        let bytes =
            data.get(entry.at..entry.at.checked_add(entry.count.checked_mul(entry.size)?)?)?;
        bytes.chunks_exact(entry.size).map(|v| self.integer(v, 0, entry.size)).collect()
    }

    /// Overwrites a single 16-bit value in a copy of the file.
    pub(super) fn set_short(&self, data: &mut [u8], tag: u16, value: u16) {
        let bytes = if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let entry = self.entries.iter().find(|e| e.tag == tag && e.size == 2);
        if let Some(stored) = entry.and_then(|e| data.get_mut(e.at..e.at + 2)) {
            stored.copy_from_slice(&bytes);
        }
    }

    /// The orientation from its tag or, where that is missing, from an XMP block: Pillow looks
    /// there, too. 1 is upright.
    pub(super) fn orientation(&self, data: &[u8]) -> u64 {
        if let Some(stored) = self.values(data, tag::ORIENTATION) {
            return stored.first().copied().unwrap_or(1);
        }
        let xmp: Vec<u8> =
            self.values(data, tag::XMP).unwrap_or_default().iter().map(|&v| v as u8).collect();
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
        // Found by fuzzing: the crate reserved 184 MB for the values of a file of 148 bytes.
        for kind in 0..=18 {
            let read = Directory::first(&one_tag(tag::BITS, kind, 5_767_168));
            assert!(read.is_err(), "type {kind}");
            assert!(Directory::first(&one_tag(tag::BITS, kind, 4)).is_ok(), "type {kind}");
        }
    }
}
