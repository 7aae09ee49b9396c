//! Files that appear under their name whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file being written beside the place where it will be. Unless it is committed, it is removed.
pub(super) struct NewFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
}

impl NewFile {
    /// Starts a file that will be `target`.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut name = name.to_os_string();
        // Two threads may be at the same file, as two processes may.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".{}-{count}.new", std::process::id()));
        let temporary = target.with_file_name(name);
        Ok(Self { file: File::create(&temporary)?, temporary, target: target.into() })
    }

    /// Puts the file into its place, whether or not there is one already.
    pub(super) fn commit(self) -> io::Result<()> {
        self.file.sync_all()?;
        let target = self.target.clone();
        self.commit_unsynced()?;
        sync_folder(&target);
        Ok(())
    }

    /// The same, of a file that may be lost or damaged by a power cut.
    pub(super) fn commit_unsynced(mut self) -> io::Result<()> {
        self.file.flush()?;
        fs::rename(&self.temporary, &self.target)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Gone already where it was committed.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Makes a rename last through a power cut, where the system lets folders be synced. Where it does
/// not, the file is there all the same.
pub(super) fn sync_folder(renamed: &Path) {
    if let Some(folder) = renamed.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}
