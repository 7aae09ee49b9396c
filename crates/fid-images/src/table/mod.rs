//! Tables with an image in each row: where the bytes of each lie, found without reading the others.
//!
//! A table has one column of images: a struct of `bytes` and `path`, as Hugging Face's `datasets`
//! writes its feature `Image`, or plain binary values.

mod arrow;
mod cell;
mod column;
mod fault;
#[cfg(feature = "parquet")]
mod parquet;

use std::io;

use crate::shared_file::SharedFile;

pub(crate) use cell::Cell;

/// The images of an open table.
#[derive(Debug)]
pub(crate) enum Table {
    Arrow(arrow::Arrow),
    #[cfg(feature = "parquet")]
    Parquet(parquet::Parquet),
}

impl Table {
    /// Opens an Arrow IPC file or stream. Errors without a number of the system's say what is wrong
    /// with the file, as the rest of a sentence that begins with its name.
    pub(crate) fn arrow(file: &SharedFile) -> io::Result<Self> {
        arrow::Arrow::open(file).map(Self::Arrow)
    }

    /// Opens a Parquet file. Errors as those of [`Self::arrow`].
    #[cfg(feature = "parquet")]
    pub(crate) fn parquet(file: &SharedFile) -> io::Result<Self> {
        parquet::Parquet::open(file).map(Self::Parquet)
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Arrow(table) => table.rows(),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.rows(),
        }
    }

    /// The image in a row.
    pub(crate) fn bytes(&self, row: usize) -> io::Result<Cell> {
        match self {
            Self::Arrow(table) => table.bytes(row),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.bytes(row),
        }
    }

    /// The path of the image in a row; null where the column has none.
    pub(crate) fn path(&self, row: usize) -> io::Result<Cell> {
        match self {
            Self::Arrow(table) => table.path(row),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.path(row),
        }
    }
}
