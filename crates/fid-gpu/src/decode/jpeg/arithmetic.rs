//! Arithmetic coding, at once and in passes (T.81, Annex D, F.1.4 and G.1.3).
//!
//! Where nothing is left to read, bytes of zero follow: an encoder may leave them out.

mod conditioning;
mod decisions;
mod states;
mod values;

pub(super) use self::conditioning::Conditioning;
use self::decisions::Decisions;
use super::super::Fault;
use super::scan::{Coder, Part, Pass};
use super::source::Source;
use super::tables::Block;

/// Tables that a scan can name.
const TABLES: usize = 16;

/// A magnitude too large for any coefficient, or a run beyond the band: the rest up to the next
/// restart is lost.
struct Lost;

pub(super) struct Arithmetic<'a> {
    decisions: Decisions<'a>,
    pass: Pass,
    /// For each part of the scan, the tables, the bounds, the last value and its class.
    parts: Vec<State>,
    /// Statistics of each table.
    dc: Vec<[u8; 64]>,
    ac: Vec<[u8; 256]>,
    lost: bool,
    progressive: bool,
}

struct State {
    dc: usize,
    ac: usize,
    bounds: (u8, u8),
    low: usize,
    last: i32,
    class: usize,
}

impl<'a> Arithmetic<'a> {
    pub(super) fn new(
        source: Source<'a>,
        pass: Pass,
        scan: &[Part],
        conditioning: &Conditioning,
        progressive: bool,
    ) -> Self {
        let state = |part: &Part| {
            let (dc, ac) = (usize::from(part.dc), usize::from(part.ac));
            let (bounds, low) = (conditioning.dc[dc], conditioning.ac[ac].into());
            State { dc, ac, bounds, low, last: 0, class: 0 }
        };
        Self {
            decisions: Decisions::new(source),
            pass,
            parts: scan.iter().map(state).collect(),
            dc: vec![[0; 64]; TABLES],
            ac: vec![[0; 256]; TABLES],
            lost: false,
            progressive,
        }
    }

    fn read(&mut self, part: usize, block: &mut Block) -> Result<(), Lost> {
        let Pass { first, refines, shift, .. } = self.pass;
        match (self.progressive, first, refines) {
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
}

impl<'a> Coder<'a> for Arithmetic<'a> {
    fn block(&mut self, part: usize, block: &mut Block) {
        if !self.lost {
            self.lost = self.read(part, block).is_err();
        }
    }

    fn skips(&self) -> bool {
        self.lost
    }

    fn ended(&self) -> bool {
        self.decisions.ended
    }

    fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        self.decisions.restart(expected)?;
        self.dc.fill([0; 64]);
        self.ac.fill([0; 256]);
        for state in &mut self.parts {
            (state.last, state.class) = (0, 0);
        }
        self.lost = false;
        Ok(())
    }

    fn source(&self) -> Source<'a> {
        self.decisions.source()
    }
}
