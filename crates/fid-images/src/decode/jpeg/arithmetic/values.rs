//! Coefficients from decisions (T.81, F.1.4 and G.1.3).

use super::super::scan::{Part, Pass};
use super::super::source::Source;
use super::super::tables::{Block, NATURAL};
use super::conditioning::{Conditioning, TABLES};
use super::decisions::Decisions;
use crate::decode::fault::Fault;

/// The first statistics of the larger magnitudes, for DC, low and high AC coefficients.
const DC_LARGE: usize = 20;
const AC_LARGE: [usize; 2] = [189, 217];
/// From a decision about magnitude to the one about the bits below it.
const TO_BITS: usize = 14;

/// A magnitude too large for any coefficient, or a run beyond the band: everything up to the next
/// restart is lost.
pub(super) struct Lost;

/// Reads the coefficients of one scan.
pub(super) struct Values<'a> {
    decisions: Decisions<'a>,
    pass: Pass,
    parts: Vec<State>,
    /// Statistics of each table.
    dc: Vec<[u8; 64]>,
    ac: Vec<[u8; 256]>,
}

/// The state of a part of the scan.
struct State {
    /// The tables of DC and AC coefficients.
    dc: usize,
    ac: usize,
    /// Bounds between small and large differences, and between low and high coefficients.
    bounds: (u8, u8),
    low: usize,
    /// The last DC value, and the class of its difference.
    last: i32,
    class: usize,
}

impl<'a> Values<'a> {
    pub(super) fn new(
        source: Source<'a>,
        pass: Pass,
        scan: &[Part],
        conditioning: &Conditioning,
    ) -> Self {
        let state = |part: &Part| {
            let dc = usize::from(part.dc);
            let ac = usize::from(part.ac);
            let bounds = conditioning.dc[dc];
            let low = conditioning.ac[ac].into();
            State { dc, ac, bounds, low, last: 0, class: 0 }
        };
        Self {
            decisions: Decisions::new(source),
            pass,
            parts: scan.iter().map(state).collect(),
            dc: vec![[0; 64]; TABLES],
            ac: vec![[0; 256]; TABLES],
        }
    }

    /// The next block of a part, all of it or the scan's pass over it.
    pub(super) fn read(
        &mut self,
        part: usize,
        block: &mut Block,
        progressive: bool,
    ) -> Result<(), Lost> {
        let Pass { first, refines, shift, .. } = self.pass;
        match (progressive, first, refines) {
            (false, ..) => {
                block[0] = self.difference(part)? as i16;
                self.band(part, block)
            }
            (true, 0, false) => {
                block[0] = (self.difference(part)? << shift) as i16;
                Ok(())
            }
            (true, 0, true) => {
                block[0] |= i16::from(self.decisions.even()) << shift;
                Ok(())
            }
            (true, _, false) => self.band(part, block),
            (true, _, true) => self.refined_band(part, block),
        }
    }

    /// Starts anew behind a restart mark.
    pub(super) fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        self.decisions.restart(expected)?;
        self.dc.fill([0; 64]);
        self.ac.fill([0; 256]);
        for state in &mut self.parts {
            (state.last, state.class) = (0, 0);
        }
        Ok(())
    }

    /// Whether the file ended inside the data.
    pub(super) fn ended(&self) -> bool {
        self.decisions.ended
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.decisions.source()
    }

    /// The lower bits of a magnitude whose highest is `top`, the sign applied.
    fn value(decisions: &mut Decisions<'_>, bits: &mut u8, top: i32, negative: bool) -> i32 {
        let (mut value, mut bit) = (top, top >> 1);
        while bit > 0 {
            if decisions.next(bits) {
                value |= bit;
            }
            bit >>= 1;
        }
        if negative { -value - 1 } else { value + 1 }
    }

    /// The next DC value of a part (T.81, F.1.4.1).
    fn difference(&mut self, part: usize) -> Result<i32, Lost> {
        let state = &mut self.parts[part];
        let statistics = &mut self.dc[state.dc];
        let decide = &mut self.decisions;
        if !decide.next(&mut statistics[state.class]) {
            state.class = 0;
            return Ok(state.last);
        }
        let negative = decide.next(&mut statistics[state.class + 1]);
        let mut at = state.class + 2 + usize::from(negative);
        let mut top = i32::from(decide.next(&mut statistics[at]));
        if top > 0 {
            at = DC_LARGE;
            while decide.next(&mut statistics[at]) {
                top <<= 1;
                if top == 0x8000 {
                    return Err(Lost);
                }
                at += 1;
            }
        }
        let (small, large) = ((1 << state.bounds.0) >> 1, (1 << state.bounds.1) >> 1);
        state.class = match () {
            () if top < small => 0,
            () if top > large => 12 + 4 * usize::from(negative),
            () => 4 + 4 * usize::from(negative),
        };
        let change = Self::value(decide, &mut statistics[at + TO_BITS], top, negative);
        state.last = (state.last + change) & 0xFFFF;
        Ok(state.last)
    }

    /// A band of coefficients that have not come before (T.81, F.1.4.2).
    fn band(&mut self, part: usize, block: &mut Block) -> Result<(), Lost> {
        let state = &self.parts[part];
        let statistics = &mut self.ac[state.ac];
        let decide = &mut self.decisions;
        let (mut k, last) = (self.pass.first.max(1), self.pass.last);
        while k <= last && !decide.next(&mut statistics[3 * (k - 1)]) {
            while !decide.next(&mut statistics[3 * (k - 1) + 1]) {
                k += 1;
                if k > last {
                    return Err(Lost);
                }
            }
            let negative = decide.even();
            let mut at = 3 * (k - 1) + 2;
            let mut top = i32::from(decide.next(&mut statistics[at]));
            if top > 0 && decide.next(&mut statistics[at]) {
                top <<= 1;
                at = AC_LARGE[usize::from(k > state.low)];
                while decide.next(&mut statistics[at]) {
                    top <<= 1;
                    if top == 0x8000 {
                        return Err(Lost);
                    }
                    at += 1;
                }
            }
            let value = Self::value(decide, &mut statistics[at + TO_BITS], top, negative);
            block[NATURAL[k]] = (value << self.pass.shift) as i16;
            k += 1;
        }
        Ok(())
    }

    /// One more bit of a band (T.81, G.1.3.3).
    fn refined_band(&mut self, part: usize, block: &mut Block) -> Result<(), Lost> {
        let statistics = &mut self.ac[self.parts[part].ac];
        let decide = &mut self.decisions;
        let one = 1i16 << self.pass.shift;
        // The band cannot end before a coefficient that is known not to be zero.
        let known = (1..=self.pass.last).rev().find(|&k| block[NATURAL[k]] != 0).unwrap_or(0);
        let mut k = self.pass.first;
        while k <= self.pass.last {
            if k > known && decide.next(&mut statistics[3 * (k - 1)]) {
                break;
            }
            loop {
                let old = &mut block[NATURAL[k]];
                let at = 3 * (k - 1);
                if *old != 0 {
                    if decide.next(&mut statistics[at + 2]) {
                        *old = old.wrapping_add(if *old < 0 { -one } else { one });
                    }
                    break;
                }
                if decide.next(&mut statistics[at + 1]) {
                    *old = if decide.even() { -one } else { one };
                    break;
                }
                k += 1;
                if k > self.pass.last {
                    return Err(Lost);
                }
            }
            k += 1;
        }
        Ok(())
    }
}
