//! The header of PBM, PGM, PPM and PFM files.

use crate::decode::fault::Fault;
use crate::decode::format::{is_space, pnm_magic as magic};
use crate::decode::limits::Limits;

/// What the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One bit, 1 for black; no maximum is stored.
    Bitmap,
    Gray,
    Rgb,
    Rgba,
    Cmyk,
    /// One f32, rows from the bottom up.
    Float {
        big_endian: bool,
    },
}

impl Kind {
    /// Samples of a pixel in the file.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::Bitmap | Self::Gray | Self::Float { .. } => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    /// Channels of the image: 1 for gray, else 3.
    pub(super) fn channels(self) -> usize {
        self.samples().min(3)
    }
}

/// The header, and where the samples begin.
pub(super) struct Header {
    pub kind: Kind,
    /// One byte per bit, digit or sample in decimal text (P1, P2, P3) rather than raw.
    pub plain: bool,
    pub width: usize,
    pub height: usize,
    /// The value that means white, 1..=65535.
    pub maxval: u32,
    /// Offset of the samples in the file.
    pub begin: usize,
}

impl Header {
    pub(super) fn read(data: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let magic = magic(data);
        let (mut kind, plain) = match magic {
            b"P1" => (Kind::Bitmap, true),
            b"P2" => (Kind::Gray, true),
            b"P3" => (Kind::Rgb, true),
            b"P4" => (Kind::Bitmap, false),
            b"P5" => (Kind::Gray, false),
            b"P6" => (Kind::Rgb, false),
            b"Pf" => (Kind::Float { big_endian: true }, false),
            b"P0CMYK" | b"PyCMYK" => (Kind::Cmyk, false),
            b"PyRGBA" => (Kind::Rgba, false),
            _ => return Err(Fault::unsupported("indices without a palette")),
        };
        let mut cursor = Cursor { data, at: magic.len() };
        let (width, height) =
            limits.check(cursor.number("its width")?, cursor.number("its height")?)?;
        let maxval = match &mut kind {
            Kind::Bitmap => 1,
            Kind::Float { big_endian } => {
                *big_endian = cursor.scale()? > 0.0;
                1
            }
            _ => cursor.number("its maximum")?,
        };
        if !(1..=65_535).contains(&maxval) {
            return Err(Fault::damaged(format!("its maximum is {maxval}, not 1 to 65535")));
        }
        Ok(Self { kind, plain, width, height, maxval: maxval as u32, begin: cursor.at })
    }
}

struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// The next word of at most ten bytes; comments run from `#` to the end of the line. The one
    /// white-space byte behind the word is consumed: raw samples begin right after it.
    fn word(&mut self, what: &str) -> Result<String, Fault> {
        let mut word = String::new();
        while let Some(&byte) = self.data.get(self.at) {
            self.at += 1;
            match byte {
                b'#' => {
                    let rest = &self.data[self.at..];
                    let line = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
                    self.at += line.map_or(rest.len(), |n| n + 1);
                }
                _ if is_space(byte) && word.is_empty() => {}
                _ if is_space(byte) => break,
                _ if word.len() < 10 => word.push(char::from(byte)),
                _ => return Err(Fault::damaged(format!("{what} is not a short decimal number"))),
            }
        }
        if word.is_empty() { Err(Fault::ends_within(what)) } else { Ok(word) }
    }

    fn number(&mut self, what: &str) -> Result<u64, Fault> {
        let number = self.word(what)?.parse();
        number.map_err(|_| Fault::damaged(format!("{what} is not a short decimal number")))
    }

    /// The scale of a floating-point map, whose sign alone counts: negative for little-endian.
    fn scale(&mut self) -> Result<f64, Fault> {
        let scale = self.word("its scale")?.parse().ok();
        scale
            .filter(|scale: &f64| scale.is_finite() && *scale != 0.0)
            .ok_or(Fault::damaged("its scale is not a number other than 0"))
    }
}
