//! JSON Lines: a file that gets one line for each result.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A file of results, one JSON object a line. Each result is appended in one write, so several
/// processes may append to the same file.
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    file: File,
}

/// The file cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot append to {}", path.display())]
#[non_exhaustive]
pub struct JsonLinesError {
    /// The file.
    pub path: PathBuf,
    /// The operating system's error.
    #[source]
    pub cause: io::Error,
}

impl JsonLines {
    /// Opens the file for appending. Created if missing.
    ///
    /// # Errors
    ///
    /// [`JsonLinesError`] if the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, JsonLinesError> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|cause| JsonLinesError { path: path.into(), cause })?;
        Ok(Self { path: path.into(), file })
    }

    /// Appends a result and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// [`JsonLinesError`] if the write fails.
    pub fn append(&mut self, result: &impl Serialize) -> Result<(), JsonLinesError> {
        let mut append = || -> io::Result<()> {
            let mut line = serde_json::to_vec(result)?;
            line.push(b'\n');
            self.file.write_all(&line)?;
            self.file.sync_data()
        };
        append().map_err(|cause| JsonLinesError { path: self.path.clone(), cause })
    }
}
