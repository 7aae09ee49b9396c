//! The format of a file of features.
//!
//! A file holds features of one tap: a header of [`HEADER`] bytes, then records of equal length, all
//! numbers little-endian. The place of a record follows from its number, so a damaged record hides no
//! other.
//!
//! | record | bytes |
//! |---|---|
//! | key | 32 |
//! | height, width | 4 each |
//! | channels, conversions | 1 each |
//! | format (0: none), whether it is lossy | 1 each |
//! | summary of the pixels | 47 |
//! | zero | 1 |
//! | features, f32 | 4 each |
//! | CRC-32 of the header and all of these | 4 |

use fid_core::{ImageSize, Tap};
use fid_images::decode::{Conversions, Format, ImageFacts, Limits};
use fid_images::{ContentKey, PixelSummary};

/// Extension of the files that hold records.
pub(super) const ENDING: &str = ".features";

/// Raised whenever the layout changes.
pub(super) const FORMAT: u32 = 2;

/// Bytes of a file's header: `fidcache`, the format, the values of a record, the tap's name, and the
/// hash of the recipe.
pub(super) const HEADER: usize = 64;

/// Bytes of a record before its features.
const FRONT: usize = 45 + PixelSummary::BYTES;

/// Whether a decoder can return an image of this size.
fn is_possible(size: ImageSize) -> bool {
    let ImageSize { height, width, channels } = size;
    let pixels = height > 0 && width > 0 && Limits::default().allow(width as u64, height as u64);
    pixels && (channels == 1 || channels == 3)
}

/// The layout of a tap's files.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) tap: Tap,
    /// Values of a record.
    dim: usize,
    pub(super) header: [u8; HEADER],
    /// Checksum of the header.
    begun: crc32fast::Hasher,
}

impl Layout {
    pub(super) fn new(tap: Tap, dim: usize, recipe: &[u8; 32]) -> Self {
        let mut header = [0; HEADER];
        let mut name = [0; 16];
        name.iter_mut().zip(tap.name().bytes()).for_each(|(to, from)| *to = from);
        let (numbers, hash) = header.split_at_mut(HEADER - recipe.len());
        hash.copy_from_slice(recipe);
        let parts: [&[u8]; 4] =
            [b"fidcache", &FORMAT.to_le_bytes(), &(dim as u32).to_le_bytes(), &name];
        numbers.copy_from_slice(&parts.concat());
        let mut begun = crc32fast::Hasher::new();
        begun.update(&header);
        Self { tap, dim, header, begun }
    }

    /// Bytes of a record.
    pub(super) fn record(&self) -> usize {
        FRONT + self.dim * size_of::<f32>() + size_of::<u32>()
    }

    /// Offset of a record in bytes.
    pub(super) fn place(&self, record: u32) -> u64 {
        HEADER as u64 + u64::from(record) * self.record() as u64
    }

    /// Number of complete records in a file of `length` bytes.
    pub(super) fn records(&self, length: u64) -> u32 {
        let records = length.saturating_sub(HEADER as u64) / self.record() as u64;
        u32::try_from(records).unwrap_or(u32::MAX)
    }

    /// Appends a record to `bytes`.
    pub(super) fn write(
        &self,
        key: &ContentKey,
        facts: &ImageFacts,
        values: &[f32],
        bytes: &mut Vec<u8>,
    ) {
        let begin = bytes.len();
        let ImageFacts { size, conversions, format, lossy, pixels } = facts;
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(&(size.height as u32).to_le_bytes());
        bytes.extend_from_slice(&(size.width as u32).to_le_bytes());
        let format = format.map_or(0, Format::to_byte);
        let kind = [size.channels as u8, conversions.to_bits(), format, u8::from(*lossy)];
        bytes.extend_from_slice(&kind);
        bytes.extend_from_slice(&pixels.to_bytes());
        bytes.push(0);
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let sum = self.sum(&bytes[begin..]);
        bytes.extend_from_slice(&sum.to_le_bytes());
    }

    /// Reads a record; `None` if it is damaged or has another key.
    pub(super) fn read(&self, key: &ContentKey, record: &[u8]) -> Option<(ImageFacts, Vec<f32>)> {
        let (content, sum) = record.split_last_chunk()?;
        if record.len() != self.record() || self.sum(content) != u32::from_le_bytes(*sum) {
            return None;
        }
        let (front, values) = content.split_at(FRONT);
        let (found, rest) = front.split_at(key.as_bytes().len());
        let (numbers, rest) = rest.split_first_chunk::<12>()?;
        let (numbers, _) = numbers.as_chunks::<4>();
        let &[height, width, [channels, conversions, format, lossy]] = numbers else { return None };
        let pixels = PixelSummary::from_bytes(rest.first_chunk()?)?;
        let [height, width] = [height, width].map(|side| u32::from_le_bytes(side) as usize);
        let size = ImageSize { height, width, channels: channels.into() };
        let conversions = Conversions::from_bits(conversions)?;
        let format = if format == 0 { None } else { Some(Format::from_byte(format)?) };
        let facts = ImageFacts { size, conversions, format, lossy: lossy == 1, pixels };
        let (values, _) = values.as_chunks();
        let values = values.iter().copied().map(f32::from_le_bytes);
        (found == key.as_bytes() && is_possible(size)).then(|| (facts, values.collect()))
    }

    fn sum(&self, content: &[u8]) -> u32 {
        let mut hash = self.begun.clone();
        hash.update(content);
        hash.finalize()
    }
}

#[cfg(test)]
mod tests {
    use fid_core::Image8;

    use super::*;

    #[test]
    fn records_round_trip_and_any_flipped_byte_is_found() {
        let layout = Layout::new(Tap::Pool64, 64, &[7; 32]);
        let key = ContentKey::of_file(b"image");
        let size = ImageSize { height: 300, width: 70_00, channels: 1 };
        let conversions = Conversions::from_bits(0b10001).unwrap();
        let (format, lossy) = (Some(Format::WebP), true);
        let image = Image8::new(3, 2, 3, (0..18).map(|at| at * 14).collect()).unwrap();
        let pixels = PixelSummary::of(&image);
        let facts = ImageFacts { size, conversions, format, lossy, pixels };
        let values = (0..64).map(|at| at as f32 / 3.0).collect::<Vec<_>>();
        let mut record = Vec::new();
        layout.write(&key, &facts, &values, &mut record);
        assert_eq!(record.len(), layout.record());
        assert_eq!(layout.read(&key, &record), Some((facts, values)));
        for at in 0..record.len() {
            let mut spoilt = record.clone();
            spoilt[at] ^= 1 << (at % 8);
            assert_eq!(layout.read(&key, &spoilt), None, "byte {at}");
            assert_eq!(layout.read(&key, &record[..at]), None, "{at} bytes");
        }
        // Neither another key, nor another tap, nor another recipe.
        assert_eq!(layout.read(&ContentKey::of_file(b"other"), &record), None);
        assert_eq!(Layout::new(Tap::Pool64, 64, &[8; 32]).read(&key, &record), None);
        assert_eq!(Layout::new(Tap::Pool192, 192, &[7; 32]).read(&key, &record), None);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let layout = Layout::new(Tap::Pool64, 64, &[7; 32]);
        let key = ContentKey::of_file(b"image");
        for (height, width, channels) in [(0, 1, 3), (1, 0, 3), (65_536, 1, 3), (1, 1, 2)] {
            let size = ImageSize { height, width, channels };
            let mut record = Vec::new();
            let any = ImageFacts::of(&Image8::new(1, 1, 1, vec![0]).unwrap());
            let facts = ImageFacts { size, ..any };
            layout.write(&key, &facts, &[0.0; 64], &mut record);
            assert_eq!(layout.read(&key, &record), None, "{size:?}");
        }
    }
}
