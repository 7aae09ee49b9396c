//! Coefficients from decisions (T.81, F.1.4 and G.1.3).

use super::super::tables::{Block, NATURAL};
use super::decisions::Decisions;
use super::{Arithmetic, Lost};

/// The first statistics of the larger magnitudes, for DC, low and high AC coefficients.
const DC_LARGE: usize = 20;
const AC_LARGE: [usize; 2] = [189, 217];
/// From a decision about magnitude to the one about the bits below it.
const TO_BITS: usize = 14;

impl Arithmetic<'_> {
    /// The lower bits of a magnitude whose highest is `top`, the sign applied.
    fn value(decisions: &mut Decisions, bits: &mut u8, top: i32, negative: bool) -> i32 {
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
    pub(super) fn difference(&mut self, part: usize) -> Result<i32, Lost> {
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
    pub(super) fn band(&mut self, part: usize, block: &mut Block) -> Result<(), Lost> {
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
    pub(super) fn refined_band(&mut self, part: usize, block: &mut Block) -> Result<(), Lost> {
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
