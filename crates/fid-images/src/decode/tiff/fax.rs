//! Rows of black and white as fax machines code them (ITU-T T.4 and T.6). The codes' tables are
//! those of the `fax` crate, whose own decoders know neither coding in two dimensions with marks
//! between rows nor rows without marks.

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use crate::decode::fault::Fault;

/// How rows follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Coding {
    /// Runs, each row beginning on a byte.
    Rows,
    /// Rows with marks before them, as runs or, with two dimensions, by the row above.
    Group3 { two_dimensional: bool },
    /// All rows by the row above.
    Group4,
}

/// Expands `rows` rows of `width` pixels, one bit each, 1 for black, into rows of whole bytes.
pub(super) fn expand(
    coding: Coding,
    bytes: &[u8],
    (width, rows): (usize, usize),
) -> Result<Vec<u8>, Fault> {
    let stride = width.div_ceil(8);
    let mut out = vec![0; stride * rows];
    let mut bits = Bits { bytes, at: 0 };
    let (mut above, mut changes) = (Vec::new(), Vec::new());
    for row in out.chunks_exact_mut(stride) {
        let by_runs = match coding {
            Coding::Rows => {
                bits.at = bits.at.next_multiple_of(8);
                true
            }
            Coding::Group3 { two_dimensional } => {
                bits.skip_mark();
                !two_dimensional || bits.next() == 1
            }
            Coding::Group4 => false,
        };
        changes.clear();
        let read = if by_runs {
            runs(&mut bits, width, &mut changes)
        } else {
            differences(&mut bits, width, &above, &mut changes)
        };
        if read.is_none() || bits.at > bytes.len() * 8 {
            return Err(Fault::damaged("the fax code of its pixels is damaged or incomplete"));
        }
        for pair in changes.chunks(2) {
            for x in pair[0]..pair.get(1).copied().unwrap_or(width).min(width) {
                row[x / 8] |= 0x80 >> (x % 8);
            }
        }
        std::mem::swap(&mut above, &mut changes);
    }
    Ok(out)
}

/// Reads the places where the colour changes, black first, from the lengths of runs, white first.
fn runs(bits: &mut Bits, width: usize, changes: &mut Vec<usize>) -> Option<()> {
    let mut at = 0;
    let mut is_black = false;
    while at < width {
        at += run(bits, is_black)?;
        changes.push(at);
        is_black = !is_black;
    }
    (at == width).then_some(())
}

/// Reads the places where the colour changes, from their distances to those of the row above.
fn differences(
    bits: &mut Bits,
    width: usize,
    above: &[usize],
    changes: &mut Vec<usize>,
) -> Option<()> {
    // Where the next code begins; before the first pixel of a row.
    let mut at: Option<usize> = None;
    let mut is_black = false;
    let mut first = 0;
    while at.unwrap_or(0) < width {
        // The next change in the row above to the opposite colour: whites end at even places.
        first = first.min(above.len());
        while first > 0 && at.is_none_or(|at| above[first - 1] > at) {
            first -= 1;
        }
        while above.get(first).is_some_and(|&x| at.is_some_and(|at| x <= at)) {
            first += 1;
        }
        let place = first + usize::from((first % 2 == 1) != is_black);
        let change = |place: usize| above.get(place).copied().unwrap_or(width);
        match mode::decode(bits)? {
            Mode::Pass => at = Some(change(place + 1)),
            Mode::Vertical(shift) => {
                let x = change(place).checked_add_signed(shift.into())?;
                if x > width || at.is_some_and(|at| x < at) {
                    return None;
                }
                changes.push(x);
                at = Some(x);
                is_black = !is_black;
            }
            Mode::Horizontal => {
                let middle = at.unwrap_or(0) + run(bits, is_black)?;
                let end = middle + run(bits, !is_black)?;
                changes.extend([middle, end]);
                at = Some(end);
            }
            Mode::Extension | Mode::EOF => return None,
        }
    }
    (at == Some(width) || width == 0).then_some(())
}

/// The length of a run: codes of whole multiples of 64, then one of what is left.
fn run(bits: &mut Bits, is_black: bool) -> Option<usize> {
    let mut length = 0;
    loop {
        let part = if is_black { black::decode(bits)? } else { white::decode(bits)? };
        length += usize::from(part);
        if part < 64 {
            return Some(length);
        }
    }
}

/// Bits, highest first. Behind the data come zeros, which are no code.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Skips a mark, eleven zeros or more and a one, if there is one.
    fn skip_mark(&mut self) {
        if self.peek(11) != Some(0) {
            return;
        }
        while self.at < self.bytes.len() * 8 && self.next() == 0 {}
    }

    fn next(&mut self) -> u16 {
        let bit = self.peek(1).unwrap_or(0);
        self.at += 1;
        bit
    }
}

impl BitReader for Bits<'_> {
    type Error = std::convert::Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |at: usize| u32::from(self.bytes.get(at).copied().unwrap_or(0));
        let at = self.at / 8;
        let three = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
        let shift = 24u32.checked_sub((self.at % 8) as u32 + u32::from(bits))?;
        (bits <= 16).then_some(((three >> shift) & ((1 << bits) - 1)) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Self::Error> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}
