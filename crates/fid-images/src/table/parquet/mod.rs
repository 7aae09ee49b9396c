//! Parquet files: the footer is read when a file is opened, and a page when an image in it is wanted.
//! <https://github.com/apache/parquet-format>
//!
//! Only a column of binary values is read, so this is a small part of the format. Pages that are
//! neither compressed nor encoded, which is how Hugging Face's `datasets` writes images, stay in the
//! file; others are unpacked one at a time and shared by all threads.

mod body;
mod codec;
mod column;
mod delta;
mod footer;
mod hybrid;
mod page;
mod page_header;
mod schema;
mod thrift;
mod values;

use std::io;

use super::cell::Cell;
use crate::shared_file::SharedFile;
use column::ColumnReader;

/// An open file.
#[derive(Debug)]
pub(crate) struct Parquet {
    rows: usize,
    bytes: ColumnReader,
    path: Option<ColumnReader>,
}

impl Parquet {
    pub(super) fn open(file: &SharedFile) -> io::Result<Self> {
        let footer = footer::read(file)?;
        let (bytes, paths): (Vec<_>, Vec<_>) = footer.groups.into_iter().unzip();
        for chunk in &bytes {
            codec::require(chunk.codec)?;
        }
        let path = footer.leaves.path.zip(paths.into_iter().collect::<Option<_>>());
        Ok(Self {
            rows: usize::try_from(footer.rows)
                .map_err(|_| super::fault::bad("has too many rows"))?,
            bytes: ColumnReader::new(file, footer.leaves.bytes.optional, bytes),
            path: path.map(|(leaf, chunks)| ColumnReader::new(file, leaf.optional, chunks)),
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self, row: usize) -> io::Result<Cell> {
        self.bytes.cell(row as u64)
    }

    pub(super) fn path(&self, row: usize) -> io::Result<Cell> {
        self.path.as_ref().map_or(Ok(Cell::Null), |path| path.cell(row as u64))
    }
}
