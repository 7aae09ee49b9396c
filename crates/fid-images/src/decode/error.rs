//! Why one image file cannot be decoded.

use std::io;
use std::path::{Path, PathBuf};

use fid_core::PreparationError;
use thiserror::Error;

use super::format::Format;

/// Why an image file was not decoded. Each message names the file and the way out; the cause that a
/// system or an archive reports is the [`source`](std::error::Error::source).
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum DecodeError {
    /// The file cannot be opened or read.
    #[error("cannot read {}; check its name and that it may be read", path.display())]
    Read { path: PathBuf, source: io::Error },

    /// The path names something other than a regular file.
    #[error(
        "{} is {}, not an image file: name a file",
        path.display(),
        if *is_folder { "a folder" } else { "a pipe, socket or device" }
    )]
    NotAFile { path: PathBuf, is_folder: bool },

    /// A member of an archive, or an image of an array or a table, cannot be unpacked.
    #[error("{} cannot be unpacked; write its archive, array or table again", path.display())]
    Unpack { path: PathBuf, source: io::Error },

    /// The file has 0 bytes.
    #[error("{} is empty (0 bytes): write it again or remove it", path.display())]
    Empty { path: PathBuf },

    /// The file is longer than [`Limits::max_file_bytes`](super::Limits::max_file_bytes).
    #[error(
        "{} holds {bytes} bytes, more than the {max_bytes} that are read: store it compressed",
        path.display()
    )]
    FileTooLong { path: PathBuf, bytes: u64, max_bytes: u64 },

    /// The file starts as no known format does.
    #[error(
        "{} is not a PNG, JPEG, WebP, BMP, GIF, TIFF or PNM image (it begins with `{begin}`): \
         convert it to PNG or remove it",
        path.display()
    )]
    UnknownFormat { path: PathBuf, begin: String },

    /// The file starts as images or videos of a format do that is not read; see
    /// [`look_of_bytes`](super::look_of_bytes).
    #[error("{} is {}, which is not read: {}", path.display(), with_article(look), way_out(look))]
    NotRead { path: PathBuf, look: &'static str },

    /// The format is known, and its Cargo feature was off when the program was built.
    #[error(
        "{} is a {format} image, and this program was built without the {format} decoder: convert \
         it to another format, or build with the feature `{}` of fid-images",
        path.display(), format.feature()
    )]
    NotCompiled { path: PathBuf, format: Format },

    /// The image is larger than the [`Limits`](super::Limits) allow.
    #[error(
        "{} says it is {width}x{height} pixels, more than {max_side} a side or {max_pixels} in \
         all: scale it down, or remove it if it is forged",
        path.display()
    )]
    TooLarge { path: PathBuf, width: u64, height: u64, max_side: u64, max_pixels: u64 },

    /// The file breaks the rules of its format, or ends early.
    #[error(
        "{} is a damaged or incomplete {format} image: {cause}; write it again or remove it",
        path.display()
    )]
    Damaged { path: PathBuf, format: Format, cause: String },

    /// The file uses a part of its format that is not read as Pillow reads it.
    #[error(
        "{} is a kind of {format} image that is not supported: {what}; convert it to 8-bit PNG",
        path.display()
    )]
    Unsupported { path: PathBuf, format: Format, what: String },

    /// The image cannot be resized or cropped as the set says.
    #[error("{} cannot be prepared", path.display())]
    Prepare { path: PathBuf, source: PreparationError },

    /// The decoder panicked.
    #[error(
        "{} makes the decoder fail: {message}. That is a bug, in fid-images or below it; \
         write the image again in another format or remove it",
        path.display()
    )]
    Panicked { path: PathBuf, message: String },
}

impl DecodeError {
    /// The image.
    pub fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. }
            | Self::NotAFile { path, .. }
            | Self::Unpack { path, .. }
            | Self::Empty { path }
            | Self::FileTooLong { path, .. }
            | Self::UnknownFormat { path, .. }
            | Self::NotRead { path, .. }
            | Self::NotCompiled { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Damaged { path, .. }
            | Self::Unsupported { path, .. }
            | Self::Prepare { path, .. }
            | Self::Panicked { path, .. } => path,
        }
    }

    /// The cause alone as a phrase, without the file's name and the way out.
    pub fn reason(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("cannot be read: {source}"),
            Self::NotAFile { is_folder: true, .. } => "a folder".into(),
            Self::NotAFile { is_folder: false, .. } => "a pipe, socket or device".into(),
            Self::Unpack { source, .. } => format!("cannot be unpacked: {source}"),
            Self::Empty { .. } => "empty".into(),
            Self::FileTooLong { bytes, .. } => format!("too long: {bytes} bytes"),
            Self::UnknownFormat { begin, .. } => {
                format!("of no known format: it begins with `{begin}`")
            }
            Self::NotRead { look, .. } => format!("{}, which is not read", with_article(look)),
            Self::NotCompiled { format, .. } => {
                format!("a {format} image, which this program was built without")
            }
            Self::TooLarge { width, height, .. } => format!("too large: {width}x{height} pixels"),
            Self::Damaged { format, cause, .. } => {
                format!("a damaged or incomplete {format} image: {cause}")
            }
            Self::Unsupported { format, what, .. } => {
                format!("a kind of {format} image that is not supported: {what}")
            }
            Self::Prepare { source, .. } => format!("cannot be prepared: {source}"),
            Self::Panicked { message, .. } => format!("makes the decoder fail: {message}"),
        }
    }
}

/// A format's name as part of a sentence: `an AVIF image`, `an MP4 video`.
fn with_article(look: &str) -> String {
    if look.starts_with("a ") {
        return look.into();
    }
    let spoken = ["A", "E", "I", "O", "FLV", "MNG", "MP", "SGI", "SVG", "X"];
    let an = if spoken.iter().any(|begin| look.starts_with(begin)) { "an" } else { "a" };
    let kind = if look.ends_with("video") { "" } else { " image" };
    format!("{an} {look}{kind}")
}

fn way_out(look: &str) -> &'static str {
    if look.ends_with("video") {
        "save its pictures as PNG, for example with ffmpeg, or remove it"
    } else {
        "convert it to PNG, for example with Pillow, or remove it"
    }
}
