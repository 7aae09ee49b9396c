//! Files that are read in place.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// A file's bytes, which the system reads from the disk when they are first looked at.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps a file.
    ///
    /// # Errors
    /// What the system says; also for a directory, which some systems would open.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // SAFETY: the map is only read, and any content is checked as it is read, or a plain number. What
        // remains is another process cutting the file while it is mapped, which ends this one with a bus
        // error; nothing short of copying the file first would prevent that. Files of our own are never
        // changed in place, but replaced.
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
