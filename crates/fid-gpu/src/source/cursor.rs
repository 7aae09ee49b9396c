//! One open file that many threads read at places of their own.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::SourceError;

/// A place in a file. Clones have places of their own in the same open file: reading takes no lock.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    file: Arc<File>,
    place: u64,
    length: u64,
}

impl Cursor {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let fail = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => SourceError::Missing { path: path.into() },
            _ => SourceError::Open { path: path.into(), cause },
        };
        let found = fs::metadata(path).map_err(fail)?;
        // Opening a pipe would wait for a writer, perhaps for ever.
        if !found.is_file() {
            let cause =
                io::Error::other("it is no regular file (a folder, pipe, socket or device)");
            return Err(SourceError::Open { path: path.into(), cause });
        }
        let file = Arc::new(File::open(path).map_err(fail)?);
        Ok(Self { file, place: 0, length: found.len() })
    }

    /// Length of the file in bytes, when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Another place in the same file.
    pub(super) fn at(&self, place: u64) -> Self {
        Self { place, ..self.clone() }
    }
}

/// Reads what there is at a place, whatever place the file itself is at.
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buffer, place);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buffer, place);
}

/// Fills a buffer from a place in a file.
pub(crate) fn read_exact_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match read_at(file, &mut buffer[done..], place + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => done += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = read_at(&self.file, buffer, self.place)?;
        self.place += length as u64;
        Ok(length)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or_else(|| io::Error::other("a place before the file's begin"))?;
        Ok(self.place)
    }
}
