//! What can be wrong with a zip archive.

use std::io;

/// Why an archive's directory cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// Reading fails, or the directory is longer than the limit.
    #[error("its directory cannot be read")]
    Read(#[source] io::Error),
    /// There is no directory, or it contradicts itself.
    #[error("the directory of its members, at its end, is missing or damaged")]
    Damaged,
    /// The archive is of a kind that is not read.
    #[error("it is split over several files, or of a kind that is not read")]
    Unsupported,
}

/// The crate's own texts are for programmers.
impl From<::zip::result::ZipError> for ZipError {
    fn from(error: ::zip::result::ZipError) -> Self {
        match error {
            ::zip::result::ZipError::Io(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof => Self::Damaged,
                _ => Self::Read(error),
            },
            ::zip::result::ZipError::InvalidArchive(_) => Self::Damaged,
            _ => Self::Unsupported,
        }
    }
}

/// Why a member cannot be unpacked. Each message is the rest of a sentence that begins with the
/// member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemberProblem {
    /// It needs a password.
    #[error("is encrypted: pack the archive again without a password")]
    Encrypted,
    /// It is a symbolic link.
    #[error("is a link, which has no content in the archive: pack the file that it leads to")]
    Link,
    /// It is compressed by a method other than deflate.
    #[error(
        "is compressed by {method}, which is not read: pack the archive again, stored or deflated"
    )]
    Compression {
        /// The method's name.
        method: String,
    },
    /// It claims more bytes than deflate can make of those that are stored.
    #[error(
        "says it has {size} bytes, which the {stored} in the archive cannot be: it is damaged or \
         forged, pack the archive again"
    )]
    Size {
        /// The unpacked size that the directory claims.
        size: u64,
        /// The packed size that the directory claims.
        stored: u64,
    },
}
