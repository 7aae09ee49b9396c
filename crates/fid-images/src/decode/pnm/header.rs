//! The header of PBM, PGM and PPM files.

use crate::decode::fault::Fault;
use crate::decode::format::is_space;
use crate::decode::limits::Limits;

/// The numbers in the header, and where the samples begin.
pub(super) struct Header {
    /// One byte per bit, digit or sample in decimal text (P1, P2, P3) rather than raw.
    pub plain: bool,
    /// Bitmap (P1, P4): 1 is black, no maximum is stored.
    pub bitmap: bool,
    /// 1 for bitmaps and graymaps, 3 for pixmaps.
    pub channels: usize,
    pub width: usize,
    pub height: usize,
    /// The value that means white, 1..=65535.
    pub maxval: u32,
    /// Offset of the samples in the file.
    pub begin: usize,
}

impl Header {
    pub(super) fn read(data: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let kind = data.get(1).copied().unwrap_or_default();
        let mut cursor = Cursor { data, at: 2 };
        let (width, height) =
            limits.check(cursor.number("its width")?, cursor.number("its height")?)?;
        let bitmap = matches!(kind, b'1' | b'4');
        let maxval = if bitmap { 1 } else { cursor.number("its maximum")? };
        if !(1..=65_535).contains(&maxval) {
            return Err(Fault::damaged(format!("its maximum is {maxval}, not 1 to 65535")));
        }
        Ok(Self {
            plain: kind <= b'3',
            bitmap,
            channels: if matches!(kind, b'3' | b'6') { 3 } else { 1 },
            width,
            height,
            maxval: maxval as u32,
            begin: cursor.at,
        })
    }
}

struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// The next decimal number; comments run from `#` to the end of the line. The one white-space
    /// byte behind the number is consumed: raw samples begin right after it.
    fn number(&mut self, what: &str) -> Result<u64, Fault> {
        let mut digits = String::new();
        while let Some(&byte) = self.data.get(self.at) {
            self.at += 1;
            match byte {
                b'#' => {
                    let rest = &self.data[self.at..];
                    let line = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
                    self.at += line.map_or(rest.len(), |n| n + 1);
                }
                _ if is_space(byte) && digits.is_empty() => {}
                _ if is_space(byte) => break,
                b'0'..=b'9' if digits.len() < 10 => digits.push(char::from(byte)),
                _ => return Err(Fault::damaged(format!("{what} is not a short decimal number"))),
            }
        }
        digits.parse().map_err(|_| Fault::ends_within(what))
    }
}
