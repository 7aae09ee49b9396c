//! A file becomes the pixels that Pillow's `Image.open(path).convert("RGB")` gives.
//!
//! Published distances were computed from Pillow's pixels, so Pillow 13 is the definition, habits
//! included. The format is found by content, the extension is not looked at.
//!
//! | in the file | pixels out |
//! |---|---|
//! | transparency of any kind | dropped; the colour underneath stays, nothing is composited |
//! | 16-bit gray (PNG, PGM, TIFF) | `min(v, 255)`: a photograph turns nearly white |
//! | 16-bit gray with alpha, 16-bit colour | the high byte (PPM: rounded `v·255/maxval`) |
//! | CMYK, YCCK | `(255−C)(255−K)/255`, rounded; JPEG inks are taken as inverted (Adobe) |
//! | EXIF orientation | not applied; but a TIFF *is* turned by its orientation tag |
//! | animation | the first frame on its full canvas |
//! | colour profile, gamma | not applied |
//!
//! Every format agrees to the bit, JPEG as Pillow's libjpeg-turbo decodes it; `tests/tests/decode.rs`
//! compares some three hundred small files.
//!
//! What cannot be read as Pillow reads it is refused with [`DecodeError::Unsupported`]: TIFF with
//! JPEG or fax data, signed or floating-point samples, YCbCr or Lab; JPEG with 12 bits, lossless, or
//! progressive without its last passes. A file cut short is an error wherever it is one for Pillow,
//! and for PNG, GIF and JPEG also where only the end mark is missing.

mod bmp;
mod error;
mod file;
mod format;
mod gif;
mod jpeg;
mod notes;
mod orient;
mod palette;
mod png;
mod pnm;
mod samples;
mod tiff;
mod webp;

use std::path::Path;

pub use error::DecodeError;
use error::Fault;
pub use fid_core::{Image8, LengthMismatch};
use file::checked_size;
pub(crate) use file::{ImageData, ImageFile};
pub use format::Format;
pub use notes::{Losses, Notes};

/// The longest side that is decoded, in pixels.
pub const MAX_SIDE: u64 = 65_535;

/// The most pixels that are decoded: where Pillow, too, speaks of a decompression bomb. (A fuzzer
/// would spend its time on large images: its limit is 256x256, so that a million executions take
/// minutes, and shows that memory keeps to it.)
pub const MAX_PIXELS: u64 = if cfg!(fuzzing) { 1 << 16 } else { 178_956_970 };

/// The longest file that is read, in bytes. Files are held in memory whole.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// One decoded image file.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// `[height, width, channels]` u8: RGB, or gray where the file holds gray.
    pub image: Image8,
    /// What the file's content says it is; none of an array, which has no image format.
    pub format: Option<Format>,
    /// What was lost on the way; [`Notes`] counts it over a set.
    pub losses: Losses,
}

/// Reads one image file.
///
/// # Errors
///
/// A [`DecodeError`], which names the file: unreadable, empty, of no known format, damaged, of a
/// kind that is not supported, or larger than the limits above.
pub fn decode(path: impl AsRef<Path>) -> Result<Decoded, DecodeError> {
    ImageFile::open(path.as_ref())?.read()?.decode()
}

/// Reads an image file that is in memory already. `path` names it in errors.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_data(path: &Path, data: &[u8]) -> Result<Decoded, DecodeError> {
    let Some(format) = Format::of(data) else {
        return Err(file::unknown(path, data));
    };
    match decode_as(format, data) {
        Ok((image, losses)) => Ok(Decoded { image, format: Some(format), losses }),
        Err(fault) => Err(fault.at(path, format)),
    }
}

fn decode_as(format: Format, data: &[u8]) -> Result<(Image8, Losses), Fault> {
    match format {
        Format::Bmp => bmp::decode(data),
        Format::Gif => gif::decode(data),
        Format::Jpeg => jpeg::decode(data),
        Format::Png => png::decode(data),
        Format::Pnm => pnm::decode(data),
        Format::Tiff => tiff::decode(data),
        Format::WebP => webp::decode(data),
    }
}
