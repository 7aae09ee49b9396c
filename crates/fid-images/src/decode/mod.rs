//! Image files to the pixels that Pillow's `Image.open(path).convert("RGB")` gives.
//!
//! Published distances were computed from Pillow's pixels, so Pillow 13 is the definition, habits
//! included. The content decides the format, never the extension.
//!
//! | in the file | pixels out |
//! |---|---|
//! | transparency of any kind | dropped; the colour underneath stays, nothing is composited |
//! | 16-bit gray (PNG, PGM, TIFF) | `min(v, 255)`: a photograph turns nearly white |
//! | 12-bit and signed 16-bit gray (TIFF) | cut to 0..=255 in the same way |
//! | 32-bit and floating-point gray (TIFF, PFM) | cut to whole numbers of 0..=255: 0.9 turns 0 |
//! | 16-bit gray with alpha, 16-bit colour | the high byte (PPM: rounded `v·255/maxval`) |
//! | CMYK, YCCK | `(255−C)(255−K)/255`, rounded; JPEG inks are taken as inverted (Adobe) |
//! | EXIF orientation | not applied; but a TIFF *is* turned by its orientation tag |
//! | animation | the first frame on its full canvas |
//! | colour profile, gamma | not applied |
//!
//! Every format agrees to the bit, JPEG as Pillow's libjpeg-turbo decodes it; `tests/decode/`
//! compares some four hundred and fifty small files.
//!
//! Files that would decode differently from Pillow are refused with [`DecodeError::Unsupported`]:
//! TIFF with Lab colours, JPEG data of the kind before 1995, or what Pillow itself garbles; JPEG
//! with 12 bits, lossless, or progressive without its last passes. A file without its end is read
//! where Pillow reads it, and an error where Pillow has one; of JPEG files without an end mark,
//! libjpeg reads a few by chance, and none is read here.

// Every helper has a user among the formats, but not in every choice of features.
#![cfg_attr(
    not(all(
        feature = "bmp",
        feature = "gif",
        feature = "jpeg",
        feature = "png",
        feature = "pnm",
        feature = "tiff",
        feature = "webp"
    )),
    allow(dead_code)
)]

#[cfg(feature = "bmp")]
mod bmp;
mod conversions;
mod decoded;
mod decoder;
mod error;
#[cfg(any(feature = "jpeg", feature = "png", feature = "webp"))]
mod exif;
mod fault;
mod format;
#[cfg(feature = "gif")]
mod gif;
mod image_file;
#[cfg(feature = "jpeg")]
mod jpeg;
mod limits;
mod look;
#[cfg(feature = "tiff")]
mod orient;
#[cfg(any(feature = "bmp", feature = "gif", feature = "tiff"))]
mod palette;
#[cfg(feature = "png")]
mod png;
#[cfg(feature = "pnm")]
mod pnm;
mod probe;
mod samples;
#[cfg(feature = "tiff")]
mod tiff;
#[cfg(any(feature = "jpeg", feature = "tiff"))]
mod tiff_directory;
#[cfg(feature = "webp")]
mod webp;

use std::path::Path;

pub use conversions::{ConversionCounts, Conversions};
pub use decoded::{Decoded, ImageFacts};
pub use error::DecodeError;
pub use fid_core::{Image8, LengthMismatch};
pub use format::Format;
pub(crate) use image_file::{ImageData, ImageFile};
pub use limits::{Limits, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};
pub use look::{look_of_bytes, look_of_ending};
pub use probe::Probe;

/// Decodes one image file, within the default [`Limits`].
///
/// # Errors
///
/// A [`DecodeError`], which names the file: unreadable, empty, of no known format, damaged, of a
/// kind that is not supported, or larger than the limits.
pub fn decode(path: impl AsRef<Path>) -> Result<Decoded, DecodeError> {
    decode_with(path, &Limits::default())
}

/// Decodes one image file.
///
/// # Errors
///
/// As [`decode`](fn@decode).
pub fn decode_with(path: impl AsRef<Path>, limits: &Limits) -> Result<Decoded, DecodeError> {
    ImageFile::open(path.as_ref(), limits)?.read()?.decode(limits)
}

/// Decodes an image file that is in memory, within the default [`Limits`]. `path` names it in
/// errors.
///
/// # Errors
///
/// As [`decode`](fn@decode).
pub fn decode_data(path: &Path, data: &[u8]) -> Result<Decoded, DecodeError> {
    decode_data_with(path, data, &Limits::default())
}

/// Decodes an image file that is in memory. `path` names it in errors.
///
/// # Errors
///
/// As [`decode`](fn@decode).
pub fn decode_data_with(path: &Path, data: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    image_file::decode_data(path, data, limits)
}

/// Reads the size of an image from its headers, and how much memory decoding it takes. `path` names
/// it in errors.
///
/// # Errors
///
/// As [`decode`](fn@decode); headers alone are looked at, so that a damaged image may have a size.
pub fn probe_data(path: &Path, data: &[u8], limits: &Limits) -> Result<Probe, DecodeError> {
    image_file::probe_data(path, data, limits)
}
