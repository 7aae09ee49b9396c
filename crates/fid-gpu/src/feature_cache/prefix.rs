//! The part of a key that sorts and identifies records in memory.

/// The first 16 of a key's 32 bytes, big-endian.
pub(super) fn prefix(key: &[u8; 32]) -> u128 {
    let (first, _) = key.split_at(16);
    first.iter().fold(0, |value, &byte| value << 8 | u128::from(byte))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_byte_is_highest() {
        assert_eq!(super::prefix(&[1; 32]), u128::from_be_bytes([1; 16]));
    }
}
