//! The blocks of a file up to the first frame's pixels. Like Pillow, a frame needs neither an end of
//! its blocks nor an end mark behind it, a block that is cut off counts for nothing, and bytes between
//! blocks that begin none are passed over.

use std::borrow::Cow;

/// The file as the crate wants it: without what Pillow passes over before the first frame and, if the
/// file ends within the frame, with the missing ends.
pub(super) fn completed(data: &[u8]) -> Cow<'_, [u8]> {
    repaired(data).map_or(Cow::Borrowed(data), Cow::Owned)
}

/// The repaired file; `None` if nothing is wrong, or if the file ends before its pixels begin.
fn repaired(data: &[u8]) -> Option<Vec<u8>> {
    let byte = |at: usize| data.get(at).copied();
    let mut at = 13 + table(byte(10)?);
    // What is kept up to the frame, and where it begins.
    let mut kept: Option<Vec<u8>> = None;
    let mut begin = 0;
    loop {
        match byte(at)? {
            // An extension: its kind, then blocks.
            b'!' => {
                at += 2;
                while byte(at)? > 0 {
                    at += 1 + usize::from(byte(at)?);
                }
                at += 1;
            }
            // A frame: nine bytes, a table, the width of codes, then blocks.
            b',' => {
                at += 11 + table(byte(at + 9)?);
                break;
            }
            b';' => return None,
            _ => {
                kept.get_or_insert_default().extend(&data[begin..at]);
                at += 1;
                begin = at;
            }
        }
    }
    data.get(at.checked_sub(1)?)?;
    let whole = loop {
        match byte(at) {
            Some(0) => break true,
            Some(length) if at + usize::from(length) < data.len() => at += 1 + usize::from(length),
            _ => break false,
        }
    };
    match (whole, kept) {
        (true, None) => None,
        (true, Some(kept)) => Some([&kept, &data[begin..]].concat()),
        (false, kept) => Some([&kept.unwrap_or_default(), &data[begin..at], b"\0;"].concat()),
    }
}

/// Bytes of the colour table that the flags of a screen or a frame announce.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}
