//! A file that gets one line of JSON for each result.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A file of results, opened before the run so that a wrong path is told at once. Each result is
/// appended in one write: several programs may append to the same file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// The file cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot append to {}: {cause}", path.display())]
pub struct JournalError {
    path: PathBuf,
    cause: io::Error,
}

impl Journal {
    /// Opens the file, or begins one.
    ///
    /// # Errors
    ///
    /// [`JournalError`] where that cannot be done.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|cause| JournalError { path: path.into(), cause })?;
        Ok(Self { path: path.into(), file })
    }

    /// Appends a result.
    ///
    /// # Errors
    ///
    /// [`JournalError`] where the disk does not take it.
    pub fn append(&mut self, result: &impl Serialize) -> Result<(), JournalError> {
        let mut append = || -> io::Result<()> {
            let mut line = serde_json::to_vec(result)?;
            line.push(b'\n');
            self.file.write_all(&line)?;
            self.file.sync_data()
        };
        append().map_err(|cause| JournalError { path: self.path.clone(), cause })
    }
}
