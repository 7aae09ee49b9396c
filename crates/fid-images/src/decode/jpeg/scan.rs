//! One scan: which blocks it holds, in which order (T.81, A.2 and B.2.3).

use super::frame::Frame;
use super::source::Source;
use super::tables::Block;
use crate::decode::fault::Fault;

/// A component of a scan.
pub(super) struct Part {
    /// Its place in the frame.
    pub component: usize,
    /// Its tables for DC and AC coefficients.
    pub dc: u8,
    pub ac: u8,
}

/// The coefficients of a scan, in zigzag order, and their bits.
#[derive(Clone, Copy)]
pub(super) struct Pass {
    pub first: usize,
    pub last: usize,
    /// Adds one bit to coefficients that have come before.
    pub refines: bool,
    /// The lowest bit that comes.
    pub shift: u32,
}

/// A way of coding blocks.
pub(super) trait Coder<'a> {
    /// Reads the next block, of the given part of the scan, into or onto `block`.
    fn block(&mut self, part: usize, block: &mut Block);
    /// No data are left before the next restart: blocks remain unchanged.
    fn skips(&self) -> bool;
    /// The file ended inside the data.
    fn ended(&self) -> bool;
    /// Starts anew behind restart mark number `expected`, 0 to 7.
    fn restart(&mut self, expected: u8) -> Result<(), Fault>;
    /// The position in the stream behind the last block.
    fn source(&self) -> Source<'a>;
}

pub(super) struct Scan {
    pub parts: Vec<Part>,
    pub pass: Pass,
}

impl Scan {
    /// Reads a scan header.
    pub(super) fn read(body: &[u8], frame: &Frame) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::damaged(format!("a scan header {what}"));
        let (&count, rest) = body.split_first().ok_or_else(|| wrong("is empty"))?;
        let count = usize::from(count);
        let (Some(entries), Some(&[first, last, bits])) =
            (rest.get(..2 * count), rest.get(2 * count..))
        else {
            return Err(wrong("has a wrong length"));
        };
        let mut parts: Vec<Part> = Vec::new();
        for entry in entries.chunks_exact(2) {
            let place = |id| {
                let free = |&at: &usize| parts.iter().all(|part| part.component != at);
                (0..frame.components.len()).filter(free).find(|&at| frame.components[at].id == id)
            };
            let component = place(entry[0]).ok_or_else(|| wrong("names no component"))?;
            parts.push(Part { component, dc: entry[1] >> 4, ac: entry[1] & 15 });
        }
        let blocks = |part: &Part| {
            let (h, v) = frame.components[part.component].factors;
            h * v
        };
        if parts.is_empty() || parts.len() > 1 && parts.iter().map(blocks).sum::<usize>() > 10 {
            return Err(wrong("holds no component, or too many blocks"));
        }

        let (high, low) = (bits >> 4, bits & 15);
        let (first, last) = (usize::from(first), usize::from(last));
        if !frame.progressive {
            // Libjpeg does not look at them, either.
            let pass = Pass { first: 0, last: 63, refines: false, shift: 0 };
            return Ok(Self { parts, pass });
        }
        let band =
            if first == 0 { last == 0 } else { parts.len() == 1 && first <= last && last < 64 };
        if !band || (high > 0 && high != low + 1) || low > 13 {
            return Err(wrong("asks for an impossible pass"));
        }
        let pass = Pass { first, last, refines: high > 0, shift: low.into() };
        Ok(Self { parts, pass })
    }

    /// Reads all blocks of the scan. `interval` is the number of units between restarts, 0 for
    /// none. With `render`, one row of units is stored at a time and turned into samples.
    pub(super) fn decode<'a>(
        &self,
        coder: &mut impl Coder<'a>,
        frame: &mut Frame,
        interval: usize,
        render: bool,
    ) -> Result<(), Fault> {
        let (mut until_restart, mut restarts) = (interval, 0u8);
        let alone = self.parts.len() == 1;
        let (across, down) = match &self.parts[..] {
            [part] => frame.components[part.component].blocks,
            _ => frame.units(),
        };
        for y in 0..down {
            for x in 0..across {
                if interval > 0 {
                    if until_restart == 0 {
                        coder.restart(restarts & 7)?;
                        restarts = restarts.wrapping_add(1);
                        until_restart = interval;
                    }
                    until_restart -= 1;
                }
                if coder.skips() {
                    if interval == 0 || coder.source().at_end_of_scan() {
                        // Nothing more will come.
                        self.finish(frame, y, render);
                        return Ok(());
                    }
                    continue;
                }
                for (index, part) in self.parts.iter().enumerate() {
                    let component = &mut frame.components[part.component];
                    let (h, v) = if alone { (1, 1) } else { component.factors };
                    let first = if render { 0 } else { y * v };
                    for row in first..first + v {
                        let begin = row * component.stored.0 + x * h;
                        for block in &mut component.coefficients[begin..begin + h] {
                            coder.block(index, block);
                        }
                    }
                }
                if coder.ended() {
                    return Err(Fault::ends_within("the picture"));
                }
            }
            self.finish(frame, y, render);
        }
        Ok(())
    }

    /// Renders and clears the row of units that is stored, if there is but one.
    fn finish(&self, frame: &mut Frame, y: usize, render: bool) {
        for component in frame.components.iter_mut().filter(|_| render) {
            component.render(y * component.stored.1);
            component.coefficients.fill([0; 64]);
        }
    }
}
