//! The orientation tag of Exif blocks.

/// Number of the orientation tag.
const ORIENTATION: u16 = 274;

/// The type of 16-bit integers.
const SHORT: u16 = 3;

/// Whether an Exif block asks for the image to be turned. A block that cannot be read asks for
/// nothing.
pub(super) fn asks_turn(exif: &[u8]) -> bool {
    // Some writers keep the marker that precedes the block in JPEG files.
    orientation(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)).is_some_and(|value| value != 1)
}

/// The orientation, 1 (upright) to 8, in the first directory of the block.
fn orientation(block: &[u8]) -> Option<u8> {
    let big_endian = match block.first_chunk()? {
        b"II\x2a\0" => false,
        b"MM\0\x2a" => true,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = *block.get(at..)?.first_chunk()?;
        Some(if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let bytes = *block.get(4..)?.first_chunk()?;
    let directory = if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    let directory = directory as usize;
    let entries = usize::from(short(directory)?);
    for entry in (0..entries).map(|index| directory + 2 + 12 * index) {
        // Every entry must be whole, as in the reader of the `image` crate.
        block.get(entry..entry + 12)?;
        let count = [short(entry + 4)?, short(entry + 6)?];
        let one = if big_endian { [0, 1] } else { [1, 0] };
        if short(entry)? == ORIENTATION && short(entry + 2)? == SHORT && count == one {
            return u8::try_from(short(entry + 8)?).ok().filter(|value| (1..=8).contains(value));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of one entry, in either byte order.
    fn block(big_endian: bool, entry: [u16; 6]) -> Vec<u8> {
        let bytes = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
        let mut block =
            if big_endian { b"MM\0\x2a\0\0\0\x08" } else { b"II\x2a\0\x08\0\0\0" }.to_vec();
        block.extend(bytes(1));
        block.extend(entry.map(bytes).concat());
        block
    }

    #[test]
    fn orientations_other_than_upright_ask_for_a_turn() {
        for big_endian in [false, true] {
            let one = if big_endian { [0, 1] } else { [1, 0] };
            let of = |tag, kind, value| block(big_endian, [tag, kind, one[0], one[1], value, 0]);
            for value in 0..12 {
                assert_eq!(asks_turn(&of(274, 3, value)), (2..=8).contains(&value), "{value}");
            }
            assert!(!asks_turn(&of(274, 3, 262)), "above a byte");
            assert!(!asks_turn(&of(275, 3, 6)), "another tag");
            assert!(!asks_turn(&of(274, 4, 6)), "another type");
            let prefixed = [b"Exif\0\0", &of(274, 3, 6)[..]].concat();
            assert!(asks_turn(&prefixed));
            assert!(!asks_turn(&prefixed[..prefixed.len() - 1]), "cut");
        }
        assert!(!asks_turn(b"") && !asks_turn(b"II\x2a\0\xff\xff\xff\xff"));
    }
}
