//! A [`DecodeError`] without the name of its file: what the decoders return.

use std::path::Path;

use fid_core::LengthMismatch;

use super::error::DecodeError;
use super::format::Format;

#[derive(Debug)]
pub(super) enum Fault {
    TooLarge { width: u64, height: u64, max_side: u64, max_pixels: u64 },
    Damaged { cause: String },
    Unsupported { what: String },
    NotCompiled,
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

    /// Adds the file and its format.
    pub(super) fn at(self, path: &Path, format: Format) -> DecodeError {
        let path = path.to_path_buf();
        match self {
            Self::TooLarge { width, height, max_side, max_pixels } => {
                DecodeError::TooLarge { path, width, height, max_side, max_pixels }
            }
            Self::Damaged { cause } => DecodeError::Damaged { path, format, cause },
            Self::Unsupported { what } => DecodeError::Unsupported { path, format, what },
            Self::NotCompiled => DecodeError::NotCompiled { path, format },
        }
    }
}

impl From<LengthMismatch> for Fault {
    fn from(error: LengthMismatch) -> Self {
        Self::damaged(error)
    }
}
