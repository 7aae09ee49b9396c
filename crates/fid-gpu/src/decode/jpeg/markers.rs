//! The segments of a JPEG stream, as far as they decide colours and completeness.

use super::super::Fault;

const RESTARTS: std::ops::RangeInclusive<u8> = 0xD0..=0xD7;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;

pub(super) struct Markers {
    pub width: u16,
    pub height: u16,
    /// The identifiers of the colour components.
    components: Vec<u8>,
    /// The stream begins with a JFIF segment.
    jfif: bool,
    /// The colour transform that an Adobe segment names.
    adobe: Option<u8>,
    /// A scan was seen, and the end mark behind it.
    pub complete: bool,
}

impl Markers {
    pub(super) fn read(data: &[u8]) -> Result<Self, Fault> {
        let mut found = Self {
            width: 0,
            height: 0,
            components: Vec::new(),
            jfif: false,
            adobe: None,
            complete: false,
        };
        let mut at = 2; // behind the start mark
        let mut scans = 0;
        while let Some((code, after)) = next_marker(data, at) {
            if code == END {
                found.complete = scans > 0;
                break;
            }
            let Some(&[high, low]) = data.get(after..).and_then(|rest| rest.first_chunk()) else {
                break;
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some(body) = data.get(after + 2..after + length.max(2)) else { break };
            match code {
                // The frame: all of the C row but DHT, JPG and DAC.
                0xC0..=0xCF if !matches!(code, 0xC4 | 0xC8 | 0xCC) => found.frame(code, body)?,
                0xE0 if body.starts_with(b"JFIF\0") => found.jfif = true,
                0xEE if body.starts_with(b"Adobe") => found.adobe = body.get(11).copied(),
                SCAN => scans += 1,
                _ => {}
            }
            at = after + length.max(2);
        }
        if found.components.is_empty() {
            return Err(Fault::ends_within("the header"));
        }
        Ok(found)
    }

    fn frame(&mut self, code: u8, body: &[u8]) -> Result<(), Fault> {
        let Some((&[bits, h1, h0, w1, w0, count], rest)) = body.split_first_chunk() else {
            return Err(Fault::ends_within("the header"));
        };
        if !matches!(code, 0xC0..=0xC2) || bits != 8 {
            let row = code & 15;
            return Err(Fault::unsupported(format!("process {row} with samples of {bits} bits")));
        }
        self.height = u16::from_be_bytes([h1, h0]);
        self.width = u16::from_be_bytes([w1, w0]);
        self.components =
            rest.chunks_exact(3).take(count.into()).map(|component| component[0]).collect();
        Ok(())
    }

    /// Refuses streams whose colours libjpeg and our decoder take for different ones.
    ///
    /// With three components libjpeg looks for a JFIF segment, then for an Adobe segment, then for
    /// components named R, G, B. Our decoder looks at the Adobe segment alone.
    pub(super) fn check_colours(&self) -> Result<(), Fault> {
        let agrees = match (self.components.len(), self.jfif, self.adobe) {
            (1, ..) => true,
            (3, true, Some(0)) => false,
            (3, _, Some(0..=2)) | (3, true, None) => true,
            (3, false, None) => self.components != *b"RGB",
            (4, _, None | Some(0 | 2)) => true,
            _ => false,
        };
        if agrees {
            return Ok(());
        }
        let (count, adobe) = (self.components.len(), self.adobe);
        Err(Fault::unsupported(format!(
            "{count} colour components whose meaning is in doubt (Adobe transform {adobe:?})"
        )))
    }
}

/// The next marker from `at` on, and the offset behind it. Skips what is not a marker: image data,
/// zeros stuffed into it, restart marks, fill bytes.
fn next_marker(data: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += data.get(at..)?.iter().position(|&b| b == 0xFF)? + 1;
        let code = *data.get(at)?;
        if code != 0 && code != 0xFF && code != 0x01 && !RESTARTS.contains(&code) {
            return Some((code, at + 1));
        }
    }
}
