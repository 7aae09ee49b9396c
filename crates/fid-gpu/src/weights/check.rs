//! Comparing a file with the manifest.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Published;

/// A file that is not the published one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}; give the path of a readable file", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Another size.
    #[error(
        "{} is not the published {name}: it has {found} bytes where that has {expected}; \
         fetch it again with `fid-gpu weights fetch`",
        path.display()
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Name of the manifest's entry.
        name: String,
        /// Bytes of the published file.
        expected: u64,
        /// Bytes of this one.
        found: u64,
    },
    /// The right size, another content.
    #[error(
        "{} is not the published {name}: its SHA-256 is\n  {found}\nwhere that has\n  {expected}\n\
         fetch it again with `fid-gpu weights fetch`",
        path.display()
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// Name of the manifest's entry.
        name: String,
        /// Hash of the published file.
        expected: String,
        /// Hash of this one.
        found: String,
    },
}

/// Compares size and SHA-256 of a file with the published ones.
///
/// # Errors
///
/// [`CheckError`], with what was expected and what was found.
pub fn check(entry: &Published, path: &Path) -> Result<(), CheckError> {
    let io = |cause| CheckError::Io { path: path.into(), cause };
    let found = path.metadata().map_err(io)?.len();
    let (path, name) = (PathBuf::from(path), entry.name.clone());
    if found != entry.size {
        return Err(CheckError::Size { path, name, expected: entry.size, found });
    }
    let found = sha256(&path).map_err(io)?;
    if found != entry.sha256 {
        return Err(CheckError::Hash { path, name, expected: entry.sha256.clone(), found });
    }
    Ok(())
}

/// SHA-256 of a whole file, lower-case hex.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    copy_hashed(path, &mut io::sink())
}

/// Copies a file, and gives the SHA-256 of what was copied, lower-case hex.
pub(super) fn copy_hashed(from: &Path, to: &mut impl Write) -> io::Result<String> {
    let mut file = File::open(from)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..length]);
        to.write_all(&buffer[..length])?;
    }
}
