//! A whole stream, from the first segment to the end mark.

use super::arithmetic::{Arithmetic, Conditioning};
use super::codes::Codes;
use super::colour::Space;
use super::frame::Frame;
use super::huffman::Sequential;
use super::progressive::Progressive;
use super::scan::{Coder, Scan};
use super::source::{Source, marker};
use super::tables::{self, Steps};
use crate::decode::fault::Fault;
use crate::decode::limits::Limits;

/// More scans than any writer makes. Each may say with a few bytes that it adds nothing to any of
/// the blocks, which takes time all the same.
const MAX_SCANS: usize = 1000;

pub(super) struct Stream<'a> {
    pub frame: Frame,
    pub space: Space,
    /// The first Exif block, with its signature.
    pub exif: Option<&'a [u8]>,
    /// The index of further pictures, which has the form of a TIFF file.
    pub pictures: Option<&'a [u8]>,
}

/// The state set by segments before a scan.
struct State<'a> {
    limits: Limits,
    frame: Option<Frame>,
    steps: [Option<Steps>; 4],
    codes: Codes,
    conditioning: Conditioning,
    restart_interval: usize,
    jfif: bool,
    /// The colour transform that an Adobe segment names.
    adobe: Option<u8>,
    exif: Option<&'a [u8]>,
    pictures: Option<&'a [u8]>,
    /// Scans read so far, and whether the first announced others.
    scans: usize,
    several: bool,
}

impl<'a> Stream<'a> {
    /// Decodes the coefficients and samples of every component. `tables` may be a stream of its own
    /// that holds tables alone.
    pub(super) fn read(tables: &'a [u8], data: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let mut source = Source::new(data);
        let mut state = State::with(tables, *limits)?;
        loop {
            match source.next_marker()? {
                marker::EOI => return state.finish(),
                marker::RST0..=marker::RST7 | 0x01 => {}
                marker::SOI => return Err(Fault::damaged("a second picture begins inside it")),
                marker::SOS => {
                    let body = source.segment()?;
                    source = state.scan(body, source)?;
                }
                code => state.segment(code, source.segment()?)?,
            }
        }
    }
}

/// The frame, and whether it comes in several scans: everything before the coded data.
pub(super) fn header(tables: &[u8], data: &[u8], limits: &Limits) -> Result<(Frame, bool), Fault> {
    let mut source = Source::new(data);
    let mut state = State::with(tables, *limits)?;
    loop {
        match source.next_marker()? {
            marker::EOI => return Err(Fault::damaged("it holds no scan")),
            marker::RST0..=marker::RST7 | 0x01 => {}
            marker::SOI => return Err(Fault::damaged("a second picture begins inside it")),
            marker::SOS => {
                let frame = state.frame.ok_or_else(scan_before_frame)?;
                let parts = Scan::read(source.segment()?, &frame)?.parts.len();
                let several = comes_in_several_scans(&frame, parts);
                return Ok((frame, several));
            }
            code => state.segment(code, source.segment()?)?,
        }
    }
}

/// Whether other scans follow the first, which has `parts` components.
fn comes_in_several_scans(frame: &Frame, parts: usize) -> bool {
    frame.progressive || parts < frame.components.len()
}

fn scan_before_frame() -> Fault {
    Fault::damaged("a scan comes before the frame")
}

impl<'a> State<'a> {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            frame: None,
            steps: [None; 4],
            codes: Codes::default(),
            conditioning: Conditioning::default(),
            restart_interval: 0,
            jfif: false,
            adobe: None,
            exif: None,
            pictures: None,
            scans: 0,
            several: false,
        }
    }

    /// The state behind a stream of tables, which may be empty.
    fn with(tables: &'a [u8], limits: Limits) -> Result<Self, Fault> {
        let mut state = Self::new(limits);
        let mut source = Source::new(tables);
        while !tables.is_empty() {
            match source.next_marker()? {
                marker::EOI => break,
                marker::SOS => return Err(Fault::damaged("its JPEG tables hold a picture")),
                code => state.segment(code, source.segment()?)?,
            }
        }
        Ok(state)
    }

    fn segment(&mut self, code: u8, body: &'a [u8]) -> Result<(), Fault> {
        match code {
            marker::DHT => self.codes.read(body),
            marker::DQT => tables::read_steps(body, &mut self.steps),
            marker::DAC => self.conditioning.read(body),
            marker::DRI => {
                let &[high, low] = body else {
                    return Err(Fault::damaged("its restart interval has a wrong length"));
                };
                self.restart_interval = u16::from_be_bytes([high, low]).into();
                Ok(())
            }
            marker::APP0..=marker::APP15 => {
                self.application(code, body);
                Ok(())
            }
            marker::DNL | marker::COM => Ok(()),
            marker::JPG => Err(Fault::damaged("a marker in it is reserved")),
            // The frame: the rest of the C row.
            0xC0..=0xCF if self.frame.is_some() => Err(Fault::damaged("it has two frame headers")),
            0xC0..=0xCF => {
                self.frame = Some(Frame::read(code, body, &self.limits)?);
                Ok(())
            }
            _ => Err(Fault::damaged("a marker in it has no meaning")),
        }
    }

    fn application(&mut self, code: u8, body: &'a [u8]) {
        match code {
            marker::APP0 if body.len() >= 14 && body.starts_with(b"JFIF\0") => self.jfif = true,
            marker::APP1 if self.exif.is_none() && body.starts_with(b"Exif\0\0") => {
                self.exif = Some(body);
            }
            marker::APP2 if self.pictures.is_none() => {
                self.pictures = body.strip_prefix(b"MPF\0");
            }
            marker::APP14 if body.len() >= 12 && body.starts_with(b"Adobe") => {
                self.adobe = Some(body[11]);
            }
            _ => {}
        }
    }

    /// Reads a scan, and returns the place behind it.
    fn scan(&mut self, body: &[u8], source: Source<'a>) -> Result<Source<'a>, Fault> {
        let frame = self.frame.as_mut().ok_or_else(scan_before_frame)?;
        let scan = Scan::read(body, frame)?;
        if self.scans == 0 {
            self.several = comes_in_several_scans(frame, scan.parts.len());
            frame.allocate(self.several);
            if !frame.progressive && !frame.arithmetic {
                self.codes.add_standard();
            }
        } else if !self.several {
            return Err(Fault::damaged("it goes on behind its only scan"));
        }
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Fault::unsupported(format!("more than {MAX_SCANS} scans")));
        }

        for part in &scan.parts {
            let component = &mut frame.components[part.component];
            if component.steps.is_none() {
                let steps = self.steps.get(usize::from(component.table)).copied().flatten();
                component.steps =
                    Some(steps.ok_or(Fault::damaged("a quantisation table is missing"))?);
            }
            component.missing[scan.pass.first..=scan.pass.last].fill(scan.pass.shift as i8);
        }

        let (parts, pass, codes) = (&scan.parts, scan.pass, &self.codes);
        let (interval, render) = (self.restart_interval, !self.several);
        if frame.arithmetic {
            let mut coder =
                Arithmetic::new(source, pass, parts, &self.conditioning, frame.progressive);
            scan.decode(&mut coder, frame, interval, render)?;
            Ok(coder.source())
        } else if frame.progressive {
            let mut coder = Progressive::new(source, pass, parts, codes)?;
            scan.decode(&mut coder, frame, interval, render)?;
            Ok(coder.source())
        } else {
            let mut coder = Sequential::new(source, parts, codes)?;
            scan.decode(&mut coder, frame, interval, render)?;
            Ok(coder.source())
        }
    }

    fn finish(self) -> Result<Stream<'a>, Fault> {
        let mut frame = self.frame.ok_or(Fault::ends_within("the header"))?;
        let names: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        let space = Space::of(&names, self.jfif, self.adobe);
        if self.scans == 0 {
            return Err(Fault::damaged("it holds no scan"));
        }
        if frame.is_unfinished() {
            return Err(Fault::unsupported("progressive, but without its last passes"));
        }
        if self.several {
            for component in &mut frame.components {
                component.render(0);
                component.coefficients = Vec::new();
            }
        }
        Ok(Stream { frame, space, exif: self.exif, pictures: self.pictures })
    }
}
