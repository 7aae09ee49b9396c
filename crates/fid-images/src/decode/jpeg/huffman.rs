//! Huffman coding, all coefficients of a block in one scan (T.81, F.2).

use super::bits::Bits;
use super::codes::{Codes, Huffman};
use super::scan::{Coder, Part};
use super::source::Source;
use super::tables::{Block, NATURAL};
use crate::decode::fault::Fault;

pub(super) struct Sequential<'a> {
    bits: Bits<'a>,
    /// The codes of each part of the scan, for DC and AC.
    parts: Vec<(Huffman, Huffman)>,
    /// The last DC value of each component of the scan.
    last: [i32; 4],
}

impl<'a> Sequential<'a> {
    pub(super) fn new(source: Source<'a>, scan: &[Part], codes: &Codes) -> Result<Self, Fault> {
        let pair = |part: &Part| Ok((codes.dc(part.dc)?, codes.ac(part.ac)?));
        let parts = scan.iter().map(pair).collect::<Result<_, Fault>>()?;
        Ok(Self { bits: Bits::new(source), parts, last: [0; 4] })
    }
}

impl<'a> Coder<'a> for Sequential<'a> {
    #[inline]
    fn block(&mut self, part: usize, block: &mut Block) {
        let (dc, ac) = &self.parts[part];
        let bits = &mut self.bits;
        bits.fill();
        let size = bits.symbol(dc);
        self.last[part] = self.last[part].wrapping_add(bits.signed(size.into()));
        block[0] = self.last[part] as i16;
        let mut k = 1;
        while k < 64 {
            bits.fill();
            let symbol = bits.symbol(ac);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size > 0 {
                k += run;
                block[NATURAL[k]] = bits.signed(size) as i16;
            } else if run == 15 {
                k += 15;
            } else {
                break;
            }
            k += 1;
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
        self.bits.restart(expected)
    }

    fn source(&self) -> Source<'a> {
        self.bits.source()
    }
}
