//! The blocks of a file up to the first frame's pixels. Like Pillow, a frame needs neither an end of
//! its blocks nor an end mark behind it, and a block that is cut off counts for nothing.

use std::borrow::Cow;

/// The file as the crate wants it: if it ends within the first frame, without the block that is cut
/// off and with the missing ends.
pub(super) fn completed(data: &[u8]) -> Cow<'_, [u8]> {
    match end_of_whole_blocks(data) {
        Some(end) => Cow::Owned([&data[..end], b"\0;"].concat()),
        None => Cow::Borrowed(data),
    }
}

/// Where the last whole block of the first frame ends; `None` if the frame is whole, or if the file
/// ends before its pixels begin.
fn end_of_whole_blocks(data: &[u8]) -> Option<usize> {
    let byte = |at: usize| data.get(at).copied();
    let mut at = 13 + table(byte(10)?);
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
            _ => return None,
        }
    }
    data.get(at.checked_sub(1)?)?;
    loop {
        match byte(at) {
            Some(0) => return None,
            Some(length) if at + usize::from(length) < data.len() => at += 1 + usize::from(length),
            _ => return Some(at),
        }
    }
}

/// Bytes of the colour table that the flags of a screen or a frame announce.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}
