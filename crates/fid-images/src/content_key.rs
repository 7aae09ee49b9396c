//! Keys of images by content.

use sha2::{Digest, Sha256};

/// SHA-256 of an image's content. Equal content has an equal key, whatever the file is called and
/// whichever folder or archive holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentKey([u8; 32]);

impl ContentKey {
    /// The key of an image file with these bytes.
    pub fn of_file(bytes: &[u8]) -> Self {
        Self::hash(b"file", bytes)
    }

    /// The key of raw samples; `shape` holds everything that is needed to read them.
    pub fn of_samples(shape: [u64; 4], samples: &[u8]) -> Self {
        let words = shape.map(u64::to_le_bytes);
        Self::hash(&[b"samples", words.as_flattened()].concat(), samples)
    }

    /// A key that was stored as its bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Hashes the prefix with its length before it, so that no two prefixes give the same text.
    fn hash(prefix: &[u8], bytes: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update((prefix.len() as u64).to_le_bytes());
        hash.update(prefix);
        hash.update(bytes);
        Self(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_content_has_different_keys() {
        let keys = [
            ContentKey::of_file(b"abc"),
            ContentKey::of_file(b"abd"),
            ContentKey::of_file(b""),
            ContentKey::of_samples([1, 3, 1, 0], b"abc"),
            ContentKey::of_samples([3, 1, 1, 0], b"abc"),
            ContentKey::of_samples([1, 1, 3, 1], b"abc"),
            ContentKey::of_samples([1, 1, 3, 0], b"abc"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
    }
}
