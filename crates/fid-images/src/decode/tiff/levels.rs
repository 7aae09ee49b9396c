//! Samples as stored to 8 bits, as Pillow shortens them.

use super::layout::{Layout, Sample};
use crate::decode::samples::{level, unpack};

/// Eight bits for each of the first `count` samples of a row. Samples of less than 8 bits stay as
/// they are. `row` must hold that many.
pub(super) fn levels(row: &[u8], count: usize, layout: &Layout) -> Vec<u8> {
    let big = layout.big_endian;
    let two =
        |word: &[u8; 2]| if big { u16::from_be_bytes(*word) } else { u16::from_le_bytes(*word) };
    let four =
        |word: &[u8; 4]| if big { u32::from_be_bytes(*word) } else { u32::from_le_bytes(*word) };
    let (pairs, fours) = (row.as_chunks::<2>().0, row.as_chunks::<4>().0);
    match layout.sample {
        Sample::Bits => unpack(row, (count, 1), layout.bits, row.len()).unwrap_or_default(),
        // Gray levels are cut off above 255.
        Sample::Twelve => (0..count).map(|at| twelve(row, at).min(255) as u8).collect(),
        Sample::Clipped => pairs[..count].iter().map(|v| two(v).min(255) as u8).collect(),
        Sample::Signed => pairs[..count].iter().map(|v| clip((two(v) as i16).into())).collect(),
        Sample::Integer => fours[..count].iter().map(|v| clip(four(v) as i32)).collect(),
        Sample::Float => fours[..count].iter().map(|v| level(f32::from_bits(four(v)))).collect(),
        // Anything else keeps its high byte.
        Sample::High => pairs[..count].iter().map(|v| (two(v) >> 8) as u8).collect(),
    }
}

fn clip(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// A sample of 12 bits, highest first.
fn twelve(row: &[u8], at: usize) -> u16 {
    let byte = |at: usize| row.get(at).copied().map_or(0, u16::from);
    let begin = at * 3 / 2;
    if at.is_multiple_of(2) {
        byte(begin) << 4 | byte(begin + 1) >> 4
    } else {
        (byte(begin) & 15) << 8 | byte(begin + 1)
    }
}
