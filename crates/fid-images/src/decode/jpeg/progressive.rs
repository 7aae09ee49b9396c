//! Huffman coding in passes: a band of coefficients, first its high bits, then one more bit a scan
//! (T.81, G.1.2 and G.2).

use super::bits::Bits;
use super::codes::{Codes, Huffman};
use super::scan::{Coder, Part, Pass};
use super::source::Source;
use super::tables::{Block, NATURAL};
use crate::decode::fault::Fault;

pub(super) struct Progressive<'a> {
    bits: Bits<'a>,
    pass: Pass,
    /// A code for each part of the scan; `None` if the scan adds single bits to DC values.
    codes: Vec<Option<Huffman>>,
    last: [i32; 4],
    /// Blocks whose band has ended before it began.
    ended_bands: u32,
}

impl<'a> Progressive<'a> {
    pub(super) fn new(
        source: Source<'a>,
        pass: Pass,
        scan: &[Part],
        codes: &Codes,
    ) -> Result<Self, Fault> {
        let pick = |part: &Part| {
            Ok(match (pass.first, pass.refines) {
                (0, false) => Some(codes.dc(part.dc)?),
                (0, true) => None,
                _ => Some(codes.ac(part.ac)?),
            })
        };
        let codes = scan.iter().map(pick).collect::<Result<_, Fault>>()?;
        Ok(Self { bits: Bits::new(source), pass, codes, last: [0; 4], ended_bands: 0 })
    }

    /// The high bits of a DC value.
    fn level(&mut self, part: usize, block: &mut Block) {
        let Some(code) = &self.codes[part] else { return };
        self.bits.fill();
        let size = self.bits.symbol(code);
        let difference = self.bits.signed(size.into());
        self.last[part] = self.last[part].wrapping_add(difference);
        block[0] = (self.last[part] << self.pass.shift) as i16;
    }

    /// The high bits of a band.
    fn band(&mut self, part: usize, block: &mut Block) {
        let Some(code) = &self.codes[part] else { return };
        if self.ended_bands > 0 {
            self.ended_bands -= 1;
            return;
        }
        let mut k = self.pass.first;
        while k <= self.pass.last {
            self.bits.fill();
            let symbol = self.bits.symbol(code);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size > 0 {
                k += run;
                block[NATURAL[k]] = (self.bits.signed(size) << self.pass.shift) as i16;
            } else if run == 15 {
                k += 15;
            } else {
                self.ended_bands = (1 << run) + self.bits.number(run as u32) as u32 - 1;
                return;
            }
            k += 1;
        }
    }

    /// One more bit of a band.
    fn refined_band(&mut self, part: usize, block: &mut Block) {
        let Some(code) = &self.codes[part] else { return };
        let one = 1i16 << self.pass.shift;
        let mut k = self.pass.first;
        while self.ended_bands == 0 && k <= self.pass.last {
            self.bits.fill();
            let symbol = self.bits.symbol(code);
            let (mut run, size) = (symbol >> 4, symbol & 15);
            let mut new = 0;
            if size > 0 {
                // Sizes other than 1 are wrong and read as 1.
                new = if self.bits.number(1) == 1 { one } else { -one };
            } else if run < 15 {
                let more = self.bits.number(run.into()) as u32;
                self.ended_bands = (1 << run) + more;
                break;
            }
            // Passes `run` zeros and whatever was not zero before, which gets its next bit.
            while k <= self.pass.last {
                let old = &mut block[NATURAL[k]];
                if *old != 0 {
                    self.bits.fill();
                    refine(old, one, self.bits.number(1));
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                k += 1;
            }
            if new != 0 {
                block[NATURAL[k]] = new;
            }
            k += 1;
        }
        if self.ended_bands > 0 {
            for &at in NATURAL.get(k..=self.pass.last).unwrap_or_default() {
                if block[at] != 0 {
                    self.bits.fill();
                    refine(&mut block[at], one, self.bits.number(1));
                }
            }
            self.ended_bands -= 1;
        }
    }
}

/// Adds the next bit to a coefficient, away from zero, unless it is set already.
fn refine(old: &mut i16, one: i16, bit: i32) {
    if bit == 1 && *old & one == 0 {
        *old = old.wrapping_add(if *old >= 0 { one } else { -one });
    }
}

impl<'a> Coder<'a> for Progressive<'a> {
    fn block(&mut self, part: usize, block: &mut Block) {
        match (self.pass.first, self.pass.refines) {
            (0, false) => self.level(part, block),
            (0, true) => {
                self.bits.fill();
                if self.bits.number(1) == 1 {
                    block[0] |= 1 << self.pass.shift;
                }
            }
            (_, false) => self.band(part, block),
            (_, true) => self.refined_band(part, block),
        }
    }

    fn skips(&self) -> bool {
        self.bits.starved
    }

    fn ended(&self) -> bool {
        self.bits.ended
    }

    fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        self.last = [0; 4];
        self.ended_bands = 0;
        self.bits.restart(expected)
    }

    fn source(&self) -> Source<'a> {
        self.bits.source()
    }
}
