//! Where each value of a page lies in its content.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::super::fault::bad;
use super::body::Body;
use super::delta::lengths;
use super::hybrid;

/// The most values of a page: each takes memory, and nulls take none in the file.
pub(super) const MAX_VALUES: u64 = 1 << 22;

/// Texts and images that DELTA_BYTE_ARRAY writes out again, in bytes.
const MAX_EXPANDED: u64 = 1 << 30;

/// An index that stands for null.
const NULL: u32 = u32::MAX;

/// How the values of a page are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Dictionary,
    DeltaLength,
    Delta,
}

impl Encoding {
    pub(super) fn of(code: i64) -> io::Result<Self> {
        Ok(match code {
            0 => Self::Plain,
            2 | 8 => Self::Dictionary,
            6 => Self::DeltaLength,
            7 => Self::Delta,
            _ => return Err(bad(format!("its values have the unknown encoding {code}"))),
        })
    }
}

/// Which of a page's rows are null: the index of each row's value, or [`NULL`].
pub(super) struct Rows {
    indices: Vec<u32>,
    /// Values that are not null.
    pub(super) present: u64,
}

impl Rows {
    /// Reads definition levels, of which the greatest is `optional`.
    pub(super) fn read(levels: Option<&[u8]>, optional: u8, count: u64) -> io::Result<Self> {
        let mut rows = Self { indices: Vec::new(), present: 0 };
        let Some(levels) = levels else {
            rows.indices.extend(0..count as u32);
            rows.present = count;
            return Ok(rows);
        };
        let width = u8::BITS - optional.leading_zeros();
        hybrid::decode(levels, width, count, |level, run| {
            if level > u32::from(optional) {
                return Err(bad("its levels are greater than its schema allows"));
            }
            for _ in 0..run {
                let present = level == u32::from(optional);
                rows.indices.push(if present { rows.present as u32 } else { NULL });
                rows.present += u64::from(present);
            }
            Ok(())
        })?;
        Ok(rows)
    }

    /// The index of a row's value; `None` for null, and beyond the page.
    pub(super) fn value(&self, row: u64) -> Option<usize> {
        let index = self.indices.get(usize::try_from(row).ok()?)?;
        (*index != NULL).then_some(*index as usize)
    }

    /// Bytes that it takes in memory.
    pub(super) fn memory(&self) -> u64 {
        4 * self.indices.len() as u64
    }
}

/// Values of bytes, and where each lies.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) body: Body,
    pub(super) places: Vec<Range<u64>>,
}

impl Values {
    /// Finds `count` values, which begin at `begin` of a page.
    pub(super) fn find(body: Body, begin: u64, encoding: Encoding, count: u64) -> io::Result<Self> {
        match encoding {
            Encoding::Plain => Self::plain(body, begin, count),
            Encoding::DeltaLength => Self::delta_length(&body, begin, count),
            Encoding::Delta => Self::delta(&body, begin, count),
            Encoding::Dictionary => Err(bad("it has no dictionary")),
        }
    }

    /// Four bytes of length before each value.
    fn plain(body: Body, begin: u64, count: u64) -> io::Result<Self> {
        let mut places = Vec::new();
        let mut position = begin;
        for _ in 0..count {
            let mut length = [0; 4];
            body.read(position, &mut length)?;
            let start = position + 4;
            position = start + u64::from(u32::from_le_bytes(length));
            if position > body.len() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            places.push(start..position);
        }
        Ok(Self { body, places })
    }

    /// All lengths, and then all values.
    fn delta_length(body: &Body, begin: u64, count: u64) -> io::Result<Self> {
        let data = body.rest(begin)?;
        let mut rest = &data[..];
        let lengths = lengths(&mut rest, count)?;
        let first = (data.len() - rest.len()) as u64;
        let places = places(first, &lengths, data.len() as u64)?;
        Ok(Self { body: Body::Memory(Arc::new(data)), places })
    }

    /// Each value as the bytes that it begins with as the one before it, and the rest.
    fn delta(body: &Body, begin: u64, count: u64) -> io::Result<Self> {
        let data = body.rest(begin)?;
        let mut rest = &data[..];
        let prefixes = lengths(&mut rest, count)?;
        let suffixes = lengths(&mut rest, count)?;
        let mut all: Vec<u8> = Vec::new();
        let mut places: Vec<Range<u64>> = Vec::new();
        for (&prefix, &suffix) in prefixes.iter().zip(&suffixes) {
            let before = places.last().cloned().unwrap_or_default();
            let suffix = hybrid::take(&mut rest, suffix)?;
            if prefix > before.end - before.start {
                return Err(bad("a value begins with more than the one before it has"));
            }
            let start = all.len() as u64;
            if start + prefix > MAX_EXPANDED {
                return Err(bad("its values take more than 1 GiB"));
            }
            all.extend_from_within(before.start as usize..(before.start + prefix) as usize);
            all.extend_from_slice(suffix);
            places.push(start..all.len() as u64);
        }
        Ok(Self { body: Body::Memory(Arc::new(all)), places })
    }

    /// Bytes that they take in memory.
    pub(super) fn memory(&self) -> u64 {
        self.body.memory() + (size_of::<Range<u64>>() * self.places.len()) as u64
    }
}

/// Values of these lengths, one behind the other.
fn places(first: u64, lengths: &[u64], end: u64) -> io::Result<Vec<Range<u64>>> {
    let mut position = first;
    let mut place = |&length: &u64| {
        let start = position;
        let last = start.checked_add(length).filter(|&last| last <= end);
        position = last.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        Ok(start..position)
    };
    lengths.iter().map(&mut place).collect()
}

/// The indices of `count` values in a dictionary of `size`.
pub(super) fn indices(data: &[u8], count: u64, size: usize) -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    if count == 0 {
        return Ok(found);
    }
    let (&width, packed) = data.split_first().ok_or(io::ErrorKind::UnexpectedEof)?;
    hybrid::decode(packed, width.into(), count, |index, run| {
        if index as usize >= size {
            return Err(bad("it has values that its dictionary does not have"));
        }
        found.extend((0..run).map(|_| index));
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_within_the_page() {
        assert_eq!(places(2, &[3, 0], 5).unwrap(), [2..5, 5..5]);
        assert!(places(2, &[3, 1], 5).is_err() && places(2, &[u64::MAX], 5).is_err());
        let body = |data: &[u8]| Body::Memory(Arc::new(data.to_vec()));
        let plain = Values::find(body(&[9, 1, 0, 0, 0, 7]), 1, Encoding::Plain, 1).unwrap();
        assert_eq!(plain.places, vec![5..6; 1]);
        for data in [&[2, 0, 0, 0, 7][..], &[255; 8], &[0, 0, 0], &[]] {
            assert!(Values::find(body(data), 0, Encoding::Plain, 1).is_err(), "{data:?}");
        }
    }

    #[test]
    fn levels_tell_nulls() {
        let rows = Rows::read(Some(&[0x04, 2, 0x02, 1, 0x02, 2]), 2, 4).unwrap();
        let values = [0, 1, 2, 3, 4].map(|row| rows.value(row));
        assert_eq!((values, rows.present), ([Some(0), Some(1), None, Some(2), None], 3));
        assert!(Rows::read(Some(&[0x08, 3]), 2, 4).is_err());
        assert_eq!(indices(&[2, 0x06, 1], 3, 2).unwrap(), [1, 1, 1]);
        assert!(indices(&[2, 0x06, 1], 3, 1).is_err());
    }
}
