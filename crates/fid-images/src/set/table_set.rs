//! Tables of images as sets: Parquet files and Arrow tables.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::error::{ArrayProblem, SetError};
use super::identity::identity;
use crate::decode::{DecodeError, ImageFile, Limits};
use crate::printable::printable;
use crate::shared_file::SharedFile;
use crate::table::Table;

/// The longest path that a row may name, in bytes.
const MAX_PATH: u64 = 1 << 16;

/// A file of rows with an image each.
#[derive(Debug)]
pub(super) struct TableSet {
    pub(super) path: PathBuf,
    file: SharedFile,
    table: Table,
}

impl TableSet {
    /// Opens the table at `path` with `read`.
    pub(super) fn open(
        path: &Path,
        read: impl FnOnce(&SharedFile) -> io::Result<Table>,
    ) -> Result<Self, SetError> {
        let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
        match read(&file) {
            Ok(table) => Ok(Self { path: path.into(), file, table }),
            Err(source) if source.raw_os_error().is_some() => {
                Err(SetError::Open { path: path.into(), source })
            }
            Err(error) => {
                let problem = ArrayProblem(error.to_string());
                Err(SetError::Array { path: path.into(), problem })
            }
        }
    }

    /// The number of images.
    pub(super) fn len(&self) -> usize {
        self.table.rows()
    }

    /// The name of an image in messages.
    pub(super) fn image_path(&self, row: usize) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!("#{row}"));
        path.into()
    }

    /// A hash of the file's length and ends.
    pub(super) fn identity(&self) -> String {
        identity(&self.file)
    }

    /// Finds the image in a row: its bytes, or the file that its path names, relative to the folder
    /// of the table.
    pub(super) fn image(
        &self,
        row: usize,
        limits: &Limits,
    ) -> Result<ImageFile<'static>, DecodeError> {
        let name = self.image_path(row);
        let fail = |source| DecodeError::Unpack { path: self.image_path(row), source };
        let bytes = self.table.bytes(row).map_err(fail)?;
        if let Some((content, length)) = bytes.content(&self.file) {
            return ImageFile::packed(name, content, length, limits);
        }
        let path = self.table.path(row).and_then(|path| path.text(&self.file, MAX_PATH));
        let invalid = |text: String| fail(io::Error::new(io::ErrorKind::InvalidData, text));
        let Some(path) = path.map_err(fail)?.filter(|path| !path.is_empty()) else {
            return Err(invalid("it is null: it has neither bytes nor a path".into()));
        };
        if path.contains("://") {
            let path = printable(&path);
            return Err(invalid(format!(
                "it has no bytes, and the address {path}: save the table with its images in it"
            )));
        }
        let file = self.path.parent().unwrap_or(Path::new("")).join(&path);
        if !file.is_file() {
            return Err(invalid(format!(
                "it has no bytes, and the file that it names, {}, is missing",
                printable(&file)
            )));
        }
        ImageFile::open(Cow::Owned(file), limits)
    }
}
