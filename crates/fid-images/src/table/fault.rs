//! Errors of files that break the rules of their format.

use std::io;

/// An error that says what is wrong with a file.
pub(super) fn bad(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}
