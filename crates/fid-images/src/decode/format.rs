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
