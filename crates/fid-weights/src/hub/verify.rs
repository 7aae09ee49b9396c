//! Comparing a file with the published one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::Published;
use crate::atomic_file::AtomicFile;
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
    /// The file is another one than was used before under its name.
    #[error(
        "{} is not the file that was first used: its SHA-256 is\n  {found}\ninstead of\n  {recorded}\nPut \
         the first file back or, if its publisher replaced it, remove {} to accept the new one",
        path.display(), record.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// The file that the first one's hash is recorded in.
        record: PathBuf,
        /// Hash of the first file, lower-case hexadecimal.
        recorded: String,
        /// Hash of this one.
        found: String,
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

/// Compares size and SHA-256 of a file with the published ones. An unknown hash is compared with the
/// recorded one, if there is a record.
///
/// # Errors
///
/// [`VerifyError`].
pub fn verify(entry: &Published, path: &Path) -> Result<(), VerifyError> {
    let io = |cause| VerifyError::Io { path: path.into(), cause };
    let found = path.metadata().map_err(io)?.len();
    let name = entry.name.to_string();
    if let Some(expected) = entry.size.filter(|&size| size != found) {
        return Err(VerifyError::Size { path: path.into(), name, expected, found });
    }
    let found = sha256(path).map_err(io)?;
    match &entry.sha256 {
        Some(expected) if found == **expected => Ok(()),
        Some(expected) => {
            let expected = expected.to_string();
            Err(VerifyError::Hash { path: path.into(), name, expected, found })
        }
        None => compare_with_record(path, found),
    }
}

/// Compares a hash with the recorded one, if there is a record.
pub(super) fn compare_with_record(path: &Path, found: String) -> Result<(), VerifyError> {
    match recorded(path).map_err(|cause| VerifyError::Io { path: record_of(path), cause })? {
        Some(recorded) if recorded != found => {
            let record = record_of(path);
            Err(VerifyError::Changed { path: path.into(), record, recorded, found })
        }
        _ => Ok(()),
    }
}

/// The file in which the hash of another one is recorded, in the form of `sha256sum`.
fn record_of(path: &Path) -> PathBuf {
    let mut record = path.as_os_str().to_os_string();
    record.push(".sha256");
    record.into()
}

/// The recorded hash of a file; `None` without a record.
///
/// # Errors
/// The error of reading the record.
pub fn recorded(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(record_of(path)) {
        Ok(text) => Ok(Some(text.split_whitespace().next().unwrap_or_default().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Records the hash of a file.
pub(super) fn record(path: &Path, sha256: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut file = AtomicFile::create(&record_of(path))?;
    writeln!(file, "{sha256}  {name}")?;
    file.commit()
}

/// SHA-256 of a whole file, lower-case hexadecimal.
pub(super) fn sha256(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex(hash.finalize()))
}
