//! Locks between processes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::progress::Progress;

/// The exclusive right to change one file, until the lock is dropped or the process ends.
///
/// The lock file stays behind: if it were removed, a third process could lock a new file of the
/// same name while the second still waits for the old one.
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Waits until no other process holds the lock for `target`. Creates the folder if missing.
    pub(super) fn acquire(target: &Path, progress: &dyn Progress) -> io::Result<Self> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut path = target.as_os_str().to_os_string();
        path.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.phase("another process is getting the weights: waiting for it");
                file.lock()?;
            }
            // Some network file systems have no locks. There the hash finds what two processes do
            // to each other.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(Self { _file: None });
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { _file: Some(file) })
    }
}
