//! What can go wrong with one file.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Format, LengthMismatch, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};

/// Why an image file was not decoded. Each message names the file, the cause and the way out.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum DecodeError {
    #[error("cannot read {}: {source}; check its name and that it may be read", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error(
        "{} is {}, not an image file: name a file",
        path.display(),
        if *is_folder { "a folder" } else { "a pipe, socket or device" }
    )]
    NotAFile { path: PathBuf, is_folder: bool },

    #[error(
        "{} cannot be unpacked: {cause}; pack its archive again, or write the array again",
        path.display()
    )]
    Unpack { path: PathBuf, cause: io::Error },

    #[error("{} is empty (0 bytes): write it again or remove it", path.display())]
    Empty { path: PathBuf },

    #[error(
        "{} holds {bytes} bytes, more than the {MAX_FILE_BYTES} that are read: store it compressed",
        path.display()
    )]
    FileTooLong { path: PathBuf, bytes: u64 },

    #[error(
        "{} is not a PNG, JPEG, WebP, BMP, GIF, TIFF or PNM image (it begins with `{begin}`): \
         convert it to PNG or remove it",
        path.display()
    )]
    UnknownFormat { path: PathBuf, begin: String },

    #[error(
        "{} says it is {width}x{height} pixels, more than {MAX_SIDE} a side or {MAX_PIXELS} in \
         all: scale it down, or remove it if it is forged",
        path.display()
    )]
    TooLarge { path: PathBuf, width: u64, height: u64 },

    #[error(
        "{} is a damaged or incomplete {format} image: {cause}; write it again or remove it",
        path.display()
    )]
    Damaged { path: PathBuf, format: Format, cause: String },

    #[error(
        "{} is a kind of {format} image that is not supported: {what}; convert it to 8-bit PNG",
        path.display()
    )]
    Unsupported { path: PathBuf, format: Format, what: String },

    #[error(
        "{} makes the decoder fail: {message}. That is a bug, in fid-gpu or below it; \
         write the image again in another format or remove it",
        path.display()
    )]
    Panicked { path: PathBuf, message: String },
}

impl DecodeError {
    /// The cause alone, without the file's name and the way out.
    pub fn reason(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("cannot be read: {source}"),
            Self::NotAFile { is_folder: true, .. } => "a folder".into(),
            Self::NotAFile { is_folder: false, .. } => "a pipe, socket or device".into(),
            Self::Unpack { cause, .. } => format!("cannot be unpacked: {cause}"),
            Self::Empty { .. } => "empty".into(),
            Self::FileTooLong { bytes, .. } => format!("too long: {bytes} bytes"),
            Self::UnknownFormat { begin, .. } => {
                format!("of no known format: it begins with `{begin}`")
            }
            Self::TooLarge { width, height, .. } => format!("too large: {width}x{height} pixels"),
            Self::Damaged { format, cause, .. } => {
                format!("a damaged or incomplete {format} image: {cause}")
            }
            Self::Unsupported { format, what, .. } => {
                format!("a kind of {format} image that is not supported: {what}")
            }
            Self::Panicked { message, .. } => format!("makes the decoder fail: {message}"),
        }
    }
}

/// A [`DecodeError`] that does not know its file yet.
#[derive(Debug)]
pub(super) enum Fault {
    TooLarge { width: u64, height: u64 },
    Damaged { cause: String },
    Unsupported { what: String },
}

impl Fault {
    pub(super) fn damaged(cause: impl ToString) -> Self {
        Self::Damaged { cause: cause.to_string() }
    }

    /// The file ends before `what` does.
    pub(super) fn ends_within(what: &str) -> Self {
        Self::Damaged { cause: format!("the file ends within {what}") }
    }

    pub(super) fn unsupported(what: impl ToString) -> Self {
        Self::Unsupported { what: what.to_string() }
    }

    pub(super) fn at(self, path: &Path, format: Format) -> DecodeError {
        let path = path.to_path_buf();
        match self {
            Self::TooLarge { width, height } => DecodeError::TooLarge { path, width, height },
            Self::Damaged { cause } => DecodeError::Damaged { path, format, cause },
            Self::Unsupported { what } => DecodeError::Unsupported { path, format, what },
        }
    }
}

impl From<LengthMismatch> for Fault {
    fn from(error: LengthMismatch) -> Self {
        Self::damaged(error)
    }
}

/// For the decoders of the `image` crate, whose sizes have been checked before.
impl From<image::ImageError> for Fault {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Unsupported(what) => Self::unsupported(what),
            image::ImageError::IoError(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Self::ends_within("the image data")
            }
            other => Self::damaged(other),
        }
    }
}
