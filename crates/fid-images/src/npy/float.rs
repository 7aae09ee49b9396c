//! Floating-point values of any width and byte order.

use std::io::Read;

use super::error::NpyError;
use super::read::{CHUNK, require_end};

/// Values that memory is reserved for before any is read.
const RESERVED: usize = 1 << 22;

/// A type of floating-point values: f16, f32 or f64, of either byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Float {
    bytes: usize,
    big_endian: bool,
}

impl Float {
    /// The types in words.
    pub const TYPES: &str = "f16, f32 or f64";

    /// The type that NumPy's notation such as `<f8` means; `None` for all other types.
    pub fn of(descr: &str) -> Option<Self> {
        let (order, kind) = descr.split_at_checked(1)?;
        let big_endian = match order {
            "<" | "=" => false,
            ">" => true,
            _ => return None,
        };
        let bytes = match kind {
            "f2" => 2,
            "f4" => 4,
            "f8" => 8,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// Bytes of a value: 2, 4 or 8.
    pub fn size(self) -> usize {
        self.bytes
    }

    /// The value at the start of `bytes`.
    ///
    /// # Panics
    ///
    /// If there are fewer than [`size`](Self::size) bytes.
    pub fn read(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        let word = &mut word[..self.bytes];
        word.copy_from_slice(&bytes[..self.bytes]);
        if self.big_endian {
            word.reverse();
        }
        match *word {
            [a, b] => half::f16::from_le_bytes([a, b]).to_f64(),
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => unreachable!("a value has 2, 4 or 8 bytes"),
        }
    }

    /// Reads `count` values, each passed through `value`, and checks that the reader ends behind
    /// them. Memory grows with the values that the reader has, so that `count` may be a file's claim.
    ///
    /// # Errors
    ///
    /// [`NpyError`] if the reader fails, or holds fewer or more values.
    pub fn read_values<T>(
        self,
        reader: &mut impl Read,
        count: usize,
        value: fn(f64) -> T,
    ) -> Result<Vec<T>, NpyError> {
        let mut values = Vec::with_capacity(count.min(RESERVED));
        let mut chunk = vec![0; CHUNK];
        while values.len() < count {
            let bytes = (count - values.len()).saturating_mul(self.bytes).min(chunk.len());
            reader.read_exact(&mut chunk[..bytes])?;
            let read = chunk[..bytes].chunks_exact(self.bytes).map(|bytes| value(self.read(bytes)));
            values.extend(read);
        }
        require_end(reader)?;
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_order_gives_the_value() {
        for (descr, bytes) in [
            ("<f2", &half::f16::from_f64(-2.5).to_le_bytes()[..]),
            (">f2", &half::f16::from_f64(-2.5).to_be_bytes()),
            ("<f4", &(-2.5f32).to_le_bytes()),
            (">f4", &(-2.5f32).to_be_bytes()),
            ("=f8", &(-2.5f64).to_le_bytes()),
            (">f8", &(-2.5f64).to_be_bytes()),
        ] {
            let float = Float::of(descr).unwrap();
            let read = |mut bytes: &[u8]| float.read_values(&mut bytes, 2, |value| value);
            assert_eq!(read(&[bytes, bytes].concat()).unwrap(), [-2.5; 2], "{descr}");
            assert!(matches!(read(bytes), Err(NpyError::TooShort)), "{descr}");
            assert!(matches!(read(&[bytes; 3].concat()), Err(NpyError::TooLong)), "{descr}");
            let claim = float.read_values(&mut &bytes[..], usize::MAX, |value| value);
            assert!(matches!(claim, Err(NpyError::TooShort)), "{descr}");
        }
        for descr in ["", "f", "<f3", "<f16", "|O", "<i4", "|u1", "<c16", "ü4"] {
            assert_eq!(Float::of(descr), None, "{descr}");
        }
    }
}
