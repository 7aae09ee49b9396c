//! Arrow IPC, as a file (`ARROW1`) or as a stream, which is what Hugging Face's `datasets` keeps on
//! disk: values lie in the file as they are, so that only metadata are read when it is opened.
//! <https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>

mod batch;
mod flatbuffer;
mod messages;
mod schema;

use std::io;

use super::cell::Cell;
use super::fault::bad;
use crate::shared_file::SharedFile;
use batch::Batch;

/// An open table.
#[derive(Debug)]
pub(crate) struct Arrow {
    file: SharedFile,
    rows: usize,
    batches: Vec<Batch>,
}

impl Arrow {
    pub(super) fn open(file: &SharedFile) -> io::Result<Self> {
        let batches = messages::batches(file)?;
        let rows = batches.last().map_or(0, |last| last.first_row + last.rows);
        if rows == 0 {
            return Err(bad("has no rows, and so no images"));
        }
        let rows = usize::try_from(rows).map_err(|_| bad("has too many rows"))?;
        Ok(Self { file: file.clone(), rows, batches })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self, row: usize) -> io::Result<Cell> {
        let (batch, row) = self.find(row)?;
        batch.bytes.cell(&self.file, row)
    }

    pub(super) fn path(&self, row: usize) -> io::Result<Cell> {
        let (batch, row) = self.find(row)?;
        batch.path.as_ref().map_or(Ok(Cell::Null), |path| path.cell(&self.file, row))
    }

    fn find(&self, row: usize) -> io::Result<(&Batch, u64)> {
        let row = row as u64;
        let after = self.batches.partition_point(|batch| batch.first_row <= row);
        let batch = after.checked_sub(1).map(|at| &self.batches[at]);
        let batch = batch.filter(|batch| row - batch.first_row < batch.rows);
        let batch = batch.ok_or_else(|| bad("it has no such row"))?;
        Ok((batch, row - batch.first_row))
    }
}
