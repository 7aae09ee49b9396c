//! Comparing a file with the published one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::Published;
use crate::identity::hex;

/// A file that is not the published one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The file cannot be read.
    #[error("cannot read {}; give the path of a readable file", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The size differs.
    #[error(
        "{} is not the published {name}: it has {found} bytes instead of {expected}; \
         download it again",
        path.display()
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Name of the published weights.
        name: String,
        /// Size of the published file, in bytes.
        expected: u64,
        /// Size of this one, in bytes.
        found: u64,
    },
    /// The size agrees and the content differs.
    #[error(
        "{} is not the published {name}: its SHA-256 is\n  {found}\ninstead of\n  {expected}\n\
         download it again",
        path.display()
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// Name of the published weights.
        name: String,
        /// Hash of the published file, lower-case hexadecimal.
        expected: String,
        /// Hash of this one.
        found: String,
    },
}

/// Compares size and SHA-256 of a file with the published ones.
///
/// # Errors
///
/// [`VerifyError`].
pub fn verify(entry: &Published, path: &Path) -> Result<(), VerifyError> {
    let io = |cause| VerifyError::Io { path: path.into(), cause };
    let found = path.metadata().map_err(io)?.len();
    let name = entry.name.to_string();
    if found != entry.size {
        return Err(VerifyError::Size { path: path.into(), name, expected: entry.size, found });
    }
    let found = sha256(path).map_err(io)?;
    if found != entry.sha256 {
        let expected = entry.sha256.to_string();
        return Err(VerifyError::Hash { path: path.into(), name, expected, found });
    }
    Ok(())
}

/// SHA-256 of a whole file, lower-case hexadecimal.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex(hash.finalize()))
}
