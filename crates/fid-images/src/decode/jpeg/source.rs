//! The bytes of a stream: markers, segments, coded data (T.81, Annex B).

use crate::decode::fault::Fault;

/// Marker codes, the byte behind 0xFF (T.81, Table B.1).
pub(super) mod marker {
    pub(in super::super) const DHT: u8 = 0xC4;
    pub(in super::super) const JPG: u8 = 0xC8;
    pub(in super::super) const DAC: u8 = 0xCC;
    pub(in super::super) const RST0: u8 = 0xD0;
    pub(in super::super) const RST7: u8 = 0xD7;
    pub(in super::super) const SOI: u8 = 0xD8;
    pub(in super::super) const EOI: u8 = 0xD9;
    pub(in super::super) const SOS: u8 = 0xDA;
    pub(in super::super) const DQT: u8 = 0xDB;
    pub(in super::super) const DNL: u8 = 0xDC;
    pub(in super::super) const DRI: u8 = 0xDD;
    pub(in super::super) const APP0: u8 = 0xE0;
    pub(in super::super) const APP1: u8 = 0xE1;
    pub(in super::super) const APP2: u8 = 0xE2;
    pub(in super::super) const APP14: u8 = 0xEE;
    pub(in super::super) const APP15: u8 = 0xEF;
    pub(in super::super) const COM: u8 = 0xFE;
}

/// A position in a stream.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    data: &'a [u8],
    at: usize,
    /// A marker that was met in coded data and not acted on yet.
    pub marker: Option<u8>,
}

impl<'a> Source<'a> {
    /// The position behind the start mark.
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, at: 2, marker: None }
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.data.get(self.at).ok_or(Fault::ends_within("the picture"))?;
        self.at += 1;
        Ok(byte)
    }

    /// The marker that stopped the coded data, or else the next one; anything between is skipped.
    pub(super) fn next_marker(&mut self) -> Result<u8, Fault> {
        if let Some(code) = self.marker.take() {
            return Ok(code);
        }
        loop {
            while self.byte()? != 0xFF {}
            match self.after_ff()? {
                0 => {}
                code => return Ok(code),
            }
        }
    }

    /// The byte behind any number of 0xFF.
    fn after_ff(&mut self) -> Result<u8, Fault> {
        loop {
            match self.byte()? {
                0xFF => {}
                code => return Ok(code),
            }
        }
    }

    /// The content of the segment behind a marker.
    pub(super) fn segment(&mut self) -> Result<&'a [u8], Fault> {
        let length = usize::from(self.byte()?) << 8 | usize::from(self.byte()?);
        let body = self.data.get(self.at..self.at + length.saturating_sub(2));
        let body = body.ok_or(Fault::ends_within("a segment of its header"))?;
        self.at += body.len();
        Ok(body)
    }

    /// The next byte of coded data; `None` at a marker, which is then kept in `marker`.
    pub(super) fn coded_byte(&mut self) -> Result<Option<u8>, Fault> {
        if self.marker.is_some() {
            return Ok(None);
        }
        match self.byte()? {
            0xFF => match self.after_ff()? {
                0 => Ok(Some(0xFF)),
                code => {
                    self.marker = Some(code);
                    Ok(None)
                }
            },
            byte => Ok(Some(byte)),
        }
    }

    /// Four bytes of coded data at once, first byte highest, if none of them is 0xFF.
    #[inline]
    pub(super) fn coded_word(&mut self) -> Option<u32> {
        if self.marker.is_some() {
            return None;
        }
        let word = u32::from_be_bytes(*self.data.get(self.at..)?.first_chunk()?);
        // A byte is 0xFF where its complement is zero.
        let zero = !word;
        if zero.wrapping_sub(0x0101_0101) & word & 0x8080_8080 != 0 {
            return None;
        }
        self.at += 4;
        Some(word)
    }

    /// Goes on behind the restart mark `RST0 + expected`. At another marker, does what libjpeg does:
    /// a mark that is one or two steps early is left for later, one that is late is skipped, any
    /// other restart is taken for the one expected, and any other marker is left where it is.
    pub(super) fn restart(&mut self, expected: u8) -> Result<(), Fault> {
        let mut code = self.next_marker()?;
        loop {
            let ahead = code.wrapping_sub(marker::RST0 + expected) & 7;
            match (code, ahead) {
                (marker::RST0..=marker::RST7, 0 | 3..=5) => return Ok(()),
                (marker::RST0..=marker::RST7, 6 | 7) | (..0xC0, _) => code = self.next_marker()?,
                _ => {
                    self.marker = Some(code);
                    return Ok(());
                }
            }
        }
    }

    /// Whether no restart can follow: any but a restart mark is due.
    pub(super) fn at_end_of_scan(&self) -> bool {
        self.marker
            .is_some_and(|code| code >= 0xC0 && !(marker::RST0..=marker::RST7).contains(&code))
    }
}
