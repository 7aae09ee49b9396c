//! The arithmetic decoder proper: one yes or no at a time (T.81, D.2).

use super::super::source::Source;
use super::states::STATES;
use crate::decode::fault::Fault;

pub(super) struct Decisions<'a> {
    source: Source<'a>,
    /// Where the code lies within the interval, with `spare` bits below those in use.
    code: u32,
    /// The length of the interval, 0x8000 to 0x10000 between decisions.
    interval: u32,
    spare: i32,
    /// The file ends inside the data, without a marker.
    pub ended: bool,
}

impl<'a> Decisions<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self { source, code: 0, interval: 0, spare: -16, ended: false }
    }

    /// A byte of the code; zeros behind its end.
    fn byte(&mut self) -> u32 {
        match self.source.coded_byte() {
            Ok(byte) => byte.unwrap_or(0).into(),
            Err(_) => {
                self.ended = true;
                0
            }
        }
    }

    /// Doubles the interval until it is at least 0x8000. At first, fills the code.
    fn widen(&mut self) {
        while self.interval < 0x8000 {
            self.spare -= 1;
            if self.spare < 0 {
                self.code = self.code << 8 | self.byte();
                self.spare += 8;
                if self.spare < 0 {
                    // Two bytes come first; the interval then begins at its full length.
                    self.spare += 1;
                    if self.spare == 0 {
                        self.interval = 0x8000;
                    }
                }
            }
            self.interval <<= 1;
        }
    }

    /// A decision whose odds are learnt. `statistic` is a state in its low 7 bits, and the more
    /// probable answer in its highest.
    pub(super) fn next(&mut self, statistic: &mut u8) -> bool {
        self.widen();
        let (size, after_less, after_more) = STATES[usize::from(*statistic & 0x7F)];
        let probable = *statistic & 0x80;
        self.interval -= size;
        let bound = self.interval << self.spare;
        let beyond = self.code >= bound;
        // The answers swap if the interval of the less probable one is the larger.
        let swapped = self.interval < size;
        if beyond {
            self.code -= bound;
            self.interval = size;
        } else if self.interval >= 0x8000 {
            return probable != 0;
        }
        if beyond == swapped {
            *statistic = probable ^ after_more;
            probable != 0
        } else {
            *statistic = probable ^ after_less;
            probable == 0
        }
    }

    /// A decision at even odds, which stay.
    pub(super) fn even(&mut self) -> bool {
        self.next(&mut (STATES.len() as u8 - 1))
    }

    /// Goes on behind a restart mark.
    pub(super) fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        self.source.restart(expected)?;
        (self.code, self.interval, self.spare) = (0, 0, -16);
        Ok(())
    }

    pub(super) fn source(&self) -> Source<'a> {
        self.source
    }
}
