//! Run-length bitmap data, 4 and 8 bits.

use crate::decode::fault::Fault;

/// The indices of `width · height` pixels, in the order stored.
///
/// Pixels that are jumped over get index 0. Data that stops before the last pixel is an error, even
/// with a proper end mark: so it is for Pillow.
pub(super) fn expand(
    data: &[u8],
    begin: usize,
    (width, height): (usize, usize),
    nibbles: bool,
) -> Result<Vec<u8>, Fault> {
    let total = width * height;
    let mut out = Vec::with_capacity(total.min(data.len() * 255));
    let mut at = begin;
    let mut x = 0;
    while out.len() < total {
        let Some(&[first, second]) = data.get(at..).and_then(|rest| rest.first_chunk()) else {
            break;
        };
        at += 2;
        match (first, second) {
            // The end of a row.
            (0, 0) => {
                out.resize(out.len().next_multiple_of(width), 0);
                x = 0;
            }
            // The end of the picture.
            (0, 1) => break,
            // A jump to the right and up.
            (0, 2) => {
                let Some(&[right, up]) = data.get(at..).and_then(|rest| rest.first_chunk()) else {
                    break;
                };
                at += 2;
                let skipped = usize::from(right) + usize::from(up) * width;
                out.resize((out.len() + skipped).min(total), 0);
                x = out.len() % width;
            }
            // That many literal pixels, padded to an even offset in the file.
            (0, count) => {
                let wanted = usize::from(count).min(total - out.len());
                let length = if nibbles { wanted.div_ceil(2) } else { wanted };
                let Some(bytes) = data.get(at..at + length) else { break };
                if nibbles {
                    out.extend(bytes.iter().flat_map(|b| [b >> 4, b & 15]).take(wanted));
                } else {
                    out.extend_from_slice(bytes);
                }
                x += usize::from(count);
                at = (at + length).next_multiple_of(2);
            }
            // A run, cut at the end of its row; with nibbles, of two indices in turn.
            (count, value) => {
                let count = usize::from(count).min(width.saturating_sub(x));
                let pair = if nibbles { [value >> 4, value & 15] } else { [value; 2] };
                out.extend(pair.iter().cycle().take(count));
                x += count;
            }
        }
    }
    if out.len() < total {
        return Err(Fault::damaged(format!("it ends after {} of {total} pixels", out.len())));
    }
    out.truncate(total);
    Ok(out)
}
