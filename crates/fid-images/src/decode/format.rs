//! Image formats, told apart by their first bytes.

use std::fmt;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the formats' own names")]
pub enum Format {
    /// Windows and OS/2 bitmaps, with or without a file header (DIB).
    Bmp,
    Gif,
    Jpeg,
    Png,
    /// Portable bitmap, graymap, pixmap and floating-point map (PBM, PGM, PPM, PFM), plain or raw.
    Pnm,
    Tiff,
    WebP,
}

impl Format {
    /// All formats.
    const ALL: [Self; 7] =
        [Self::Bmp, Self::Gif, Self::Jpeg, Self::Png, Self::Pnm, Self::Tiff, Self::WebP];

    /// The format of a file's content; `None` if no signature fits.
    pub fn of(data: &[u8]) -> Option<Self> {
        match data {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            // Pillow takes the order of the bytes from the letters alone.
            [b'I', b'I', 0, 42, ..] | [b'M', b'M', 42, 0, ..] => Some(Self::Tiff),
            [b'B', b'M', ..] => Some(Self::Bmp),
            _ if is_dib(data) => Some(Self::Bmp),
            _ => match pnm_magic(data) {
                b"P1" | b"P2" | b"P3" | b"P4" | b"P5" | b"P6" => Some(Self::Pnm),
                b"Pf" | b"P0CMYK" | b"PyP" | b"PyRGBA" | b"PyCMYK" => Some(Self::Pnm),
                _ => None,
            },
        }
    }

    /// Whether a file of this format holds pixels that its compression changed.
    pub(super) fn is_lossy(self, data: &[u8]) -> bool {
        match self {
            Self::Jpeg => true,
            Self::WebP => has_lossy_frame(data.get(12..).unwrap_or_default()),
            _ => false,
        }
    }

    /// A number for files that only this build reads; not 0.
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Bmp => 1,
            Self::Gif => 2,
            Self::Jpeg => 3,
            Self::Png => 4,
            Self::Pnm => 5,
            Self::Tiff => 6,
            Self::WebP => 7,
        }
    }

    /// The format of a [`Self::to_byte`].
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.to_byte() == byte)
    }

    /// The Cargo feature of `fid-images` that compiles the format's decoder.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Pnm => "pnm",
            Self::Tiff => "tiff",
            Self::WebP => "webp",
        }
    }
}

/// Whether a file begins with the header of a bitmap, without a file header before it. Pillow looks
/// at the header's length, then at the bits of a pixel.
pub(super) fn is_dib(data: &[u8]) -> bool {
    let bits = match data {
        [12, 0, 0, 0, ..] => data.get(10..12),
        [40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => data.get(14..16),
        _ => None,
    };
    matches!(bits, Some([1 | 4 | 8 | 16 | 24 | 32, 0]))
}

/// The first word of a PNM file: up to six bytes before white space.
pub(super) fn pnm_magic(data: &[u8]) -> &[u8] {
    let end = data.iter().take(6).position(|&byte| is_space(byte));
    &data[..end.unwrap_or(data.len().min(6))]
}

/// White space in PNM files: that of C's `isspace`, vertical tab included.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0D)
}

/// Whether the chunks of a WebP file, or of its first frame, hold a lossy image.
fn has_lossy_frame(mut chunks: &[u8]) -> bool {
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let &[a, b, c, d, length @ ..] = head;
        match &[a, b, c, d] {
            b"VP8 " => return true,
            b"VP8L" => return false,
            // Its place and time, then chunks of its own.
            b"ANMF" => chunks = rest.get(16..).unwrap_or_default(),
            _ => {
                let length = u32::from_le_bytes(length) as usize;
                chunks = rest.get(length.saturating_add(length % 2)..).unwrap_or_default();
            }
        }
    }
    false
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Pnm => "PNM",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        })
    }
}
