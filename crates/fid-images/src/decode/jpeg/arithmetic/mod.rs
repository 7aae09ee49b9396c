//! Arithmetic coding, at once and in passes (T.81, Annex D, F.1.4 and G.1.3).
//!
//! Behind the end of the data follow bytes of zero: an encoder may leave them out.

mod conditioning;
mod decisions;
mod states;
mod values;

use super::scan::{Coder, Part, Pass};
use super::source::Source;
use super::tables::Block;
use crate::decode::fault::Fault;
pub(super) use conditioning::Conditioning;
use values::Values;

pub(super) struct Arithmetic<'a> {
    values: Values<'a>,
    lost: bool,
    progressive: bool,
}

impl<'a> Arithmetic<'a> {
    pub(super) fn new(
        source: Source<'a>,
        pass: Pass,
        scan: &[Part],
        conditioning: &Conditioning,
        progressive: bool,
    ) -> Self {
        let values = Values::new(source, pass, scan, conditioning);
        Self { values, lost: false, progressive }
    }
}

impl<'a> Coder<'a> for Arithmetic<'a> {
    fn block(&mut self, part: usize, block: &mut Block) {
        if !self.lost {
            self.lost = self.values.read(part, block, self.progressive).is_err();
        }
    }

    fn skips(&self) -> bool {
        self.lost
    }

    fn ended(&self) -> bool {
        self.values.ended()
    }

    fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        self.values.restart(expected)?;
        self.lost = false;
        Ok(())
    }

    fn source(&self) -> Source<'a> {
        self.values.source()
    }
}
