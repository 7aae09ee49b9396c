//! One process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::observer::Observer;

/// The right to change one file of a folder, until it is dropped or the process ends.
///
/// The lock file stays behind: removing it would let a third process lock another file of the same
/// name than the second is waiting for.
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Waits until no other process holds the lock for `target`. Makes the folder if there is none.
    pub(super) fn acquire(target: &Path, observer: &dyn Observer) -> io::Result<Self> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut path = target.as_os_str().to_os_string();
        path.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                observer.phase("another process is getting the weights: waiting for it");
                file.lock()?;
            }
            // Some network file systems have no locks. What two processes then do to each other is
            // found out by the hash.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(Self { _file: None });
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { _file: Some(file) })
    }
}
