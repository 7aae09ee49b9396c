//! Memory-mapped files.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, which the system reads from the disk when they are first accessed.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps a file that this program wrote by [`AtomicFile`](crate::atomic_file::AtomicFile), or
    /// one whose content is plain numbers.
    ///
    /// # Errors
    /// The system's error, also for a directory, which some systems would open.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // SAFETY: the map is only read, and any bytes are valid numbers. If another process
        // truncates the file meanwhile, the system ends this process with a bus error; only a copy
        // of the file could prevent that. Our own files are replaced and never changed in place.
        #[allow(unsafe_code)]
        unsafe {
            Mmap::map(&file).map(Self)
        }
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        self
    }
}
