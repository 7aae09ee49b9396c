//! Samples from their differences to their left neighbours (TIFF 6.0, section 14, and Adobe's
//! Technical Note 3 for floating point).

use super::layout::Layout;
use crate::decode::fault::Fault;

/// Undoes the differences in rows of `stride` bytes, in which each sample has `samples` others
/// before that of its own channel.
pub(super) fn undo(
    rows: &mut [u8],
    stride: usize,
    samples: usize,
    layout: &Layout,
) -> Result<(), Fault> {
    let (bits, big_endian) = (layout.bits, layout.big_endian);
    for row in rows.chunks_exact_mut(stride) {
        match (layout.predictor, bits) {
            (1, _) => return Ok(()),
            (2, 8) => add_bytes(row, samples),
            (2, 16) => words::<2>(row, samples, big_endian, |a, b| {
                let sum = u16::from_le_bytes(a).wrapping_add(u16::from_le_bytes(b));
                sum.to_le_bytes()
            }),
            (2, 32) => words::<4>(row, samples, big_endian, |a, b| {
                let sum = u32::from_le_bytes(a).wrapping_add(u32::from_le_bytes(b));
                sum.to_le_bytes()
            }),
            (3, 32) if layout.is_float() => floats(row, samples, big_endian),
            _ => {
                let what = format!("differences between samples of {bits} bits");
                return Err(Fault::unsupported(what));
            }
        }
    }
    Ok(())
}

fn add_bytes(row: &mut [u8], samples: usize) {
    for at in samples..row.len() {
        row[at] = row[at].wrapping_add(row[at - samples]);
    }
}

/// Adds words of `N` bytes; `add` takes and gives them lowest byte first.
fn words<const N: usize>(
    row: &mut [u8],
    samples: usize,
    big_endian: bool,
    add: impl Fn([u8; N], [u8; N]) -> [u8; N],
) {
    let (words, _) = row.as_chunks_mut::<N>();
    let turned = |mut word: [u8; N]| {
        if big_endian {
            word.reverse();
        }
        word
    };
    for at in samples..words.len() {
        words[at] = turned(add(turned(words[at]), turned(words[at - samples])));
    }
}

/// The bytes of a row's words, all highest ones first, as differences of bytes.
fn floats(row: &mut [u8], samples: usize, big_endian: bool) {
    add_bytes(row, samples);
    let count = row.len() / 4;
    let planes = row.to_vec();
    for (at, word) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *word = [0, 1, 2, 3].map(|plane| planes[plane * count + at]);
        if !big_endian {
            word.reverse();
        }
    }
}
