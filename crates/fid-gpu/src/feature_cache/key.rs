//! What an image is found by.

use sha2::{Digest, Sha256};

/// Hash of an image's content. The name of its file, and the folder or archive that it is in, are no
/// part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(super) [u8; 32]);

impl Key {
    /// Of the bytes of an image file. Its name does not matter to how it is decoded.
    pub(crate) fn of_file(bytes: &[u8]) -> Self {
        Self::of(b"file", bytes)
    }

    /// Of samples that have no format of their own: `shape` says all that is needed to read them.
    pub(crate) fn of_samples(shape: [u64; 4], samples: &[u8]) -> Self {
        let words = shape.map(u64::to_le_bytes);
        Self::of(&[b"samples", words.as_flattened()].concat(), samples)
    }

    /// What is before the bytes says its own length, so that no two lists of parts are one text.
    fn of(before: &[u8], bytes: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update((before.len() as u64).to_le_bytes());
        hash.update(before);
        hash.update(bytes);
        Self(hash.finalize().into())
    }

    /// The part by which keys are sorted and told apart in memory.
    pub(super) fn prefix(&self) -> u128 {
        let (prefix, _) = self.0.split_at(16);
        prefix.iter().fold(0, |value, &byte| value << 8 | u128::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_has_another_key() {
        let keys = [
            Key::of_file(b"abc"),
            Key::of_file(b"abd"),
            Key::of_file(b""),
            Key::of_samples([1, 3, 1, 0], b"abc"),
            Key::of_samples([3, 1, 1, 0], b"abc"),
            Key::of_samples([1, 1, 3, 1], b"abc"),
            Key::of_samples([1, 1, 3, 0], b"abc"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
        assert_eq!(Key([1; 32]).prefix(), u128::from_be_bytes([1; 16]));
    }
}
