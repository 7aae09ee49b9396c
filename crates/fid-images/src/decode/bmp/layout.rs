//! Pixels of 16, 24 and 32 bits.

use super::header::{Compression, Header};
use crate::decode::fault::Fault;

/// Where the colours of a pixel are.
pub(super) enum Layout {
    /// Widths of red, green and blue in a 16-bit word, red highest, blue in the lowest bits.
    Word([u32; 3]),
    /// Bytes of a pixel, and at which of them red, green and blue are.
    Bytes { pixel: usize, rgb: [usize; 3], alpha: bool },
}

impl Layout {
    pub(super) fn of(header: &Header) -> Result<Self, Fault> {
        let [red, green, blue, alpha] = header.masks;
        let bgr = [2, 1, 0];
        let masked = header.compression == Compression::BitFields;
        match (header.bits, masked, [red, green, blue]) {
            (16, false, _) | (16, true, [0x7C00, 0x3E0, 0x1F]) => Ok(Self::Word([5, 5, 5])),
            (16, true, [0xF800, 0x7E0, 0x1F]) => Ok(Self::Word([5, 6, 5])),
            (24, false, _) | (24, true, [0xFF_0000, 0xFF00, 0xFF]) => {
                Ok(Self::Bytes { pixel: 3, rgb: bgr, alpha: false })
            }
            // The fourth byte is padding unless a mask says otherwise ...
            (32, false, _) => Ok(Self::Bytes { pixel: 4, rgb: bgr, alpha: false }),
            // ... or all masks were left empty.
            (32, true, [0, 0, 0]) if alpha == 0 => {
                Ok(Self::Bytes { pixel: 4, rgb: bgr, alpha: true })
            }
            (32, true, rgb) if rgb.iter().all(|&mask| is_byte(mask)) => {
                let rgb = rgb.map(|mask| mask.trailing_zeros() as usize / 8);
                Ok(Self::Bytes { pixel: 4, rgb, alpha: alpha != 0 })
            }
            (bits, ..) => Err(Fault::unsupported(format!(
                "{bits} bits a pixel, with its colours at unusual places in them"
            ))),
        }
    }

    pub(super) fn has_alpha(&self) -> bool {
        matches!(self, Self::Bytes { alpha: true, .. })
    }

    /// RGB triples; `None` if `body` ends early. The last row need not be padded.
    pub(super) fn read(
        &self,
        body: &[u8],
        (width, height): (usize, usize),
        stride: usize,
    ) -> Option<Vec<u8>> {
        let pixel = match self {
            Self::Word(_) => 2,
            Self::Bytes { pixel, .. } => *pixel,
        };
        let mut out = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let row = body.get(y * stride..)?.get(..width * pixel)?;
            for bytes in row.chunks_exact(pixel) {
                out.extend(match self {
                    Self::Word(widths) => widen(u16::from_le_bytes([bytes[0], bytes[1]]), *widths),
                    Self::Bytes { rgb, .. } => rgb.map(|at| bytes[at]),
                });
            }
        }
        Some(out)
    }
}

fn is_byte(mask: u32) -> bool {
    matches!(mask, 0xFF | 0xFF00 | 0xFF_0000 | 0xFF00_0000)
}

/// Samples of 5 or 6 bits to 8: `v·255/max` without rounding, as Pillow does.
fn widen(word: u16, [red, green, blue]: [u32; 3]) -> [u8; 3] {
    let sample = |shift: u32, bits: u32| {
        let max = (1u32 << bits) - 1;
        (((u32::from(word) >> shift) & max) * 255 / max) as u8
    };
    [sample(green + blue, red), sample(blue, green), sample(0, blue)]
}
