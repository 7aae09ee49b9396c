//! One page of values, ready to be read from.

use std::io;
use std::sync::Arc;

use super::super::cell::Cell;
use super::super::fault::bad;
use super::body::Body;
use super::footer::Chunk;
use super::page_header::{PageHeader, PageKind};
use super::values::{Encoding, MAX_VALUES, Rows, Values, indices};
use crate::shared_file::SharedFile;

/// A page whose values can be found.
pub(super) struct Page {
    rows: Rows,
    values: Arc<Values>,
    /// The places of the values in their dictionary, if they have one.
    indices: Option<Vec<u32>>,
}

/// The values of a dictionary page.
pub(super) fn dictionary(
    file: &SharedFile,
    chunk: &Chunk,
    header: &PageHeader,
) -> io::Result<Values> {
    if header.values > MAX_VALUES {
        return Err(bad(format!("it has {} values", header.values)));
    }
    Values::find(Body::of(file, header, chunk.codec)?, 0, Encoding::Plain, header.values)
}

impl Page {
    /// Reads a page of a column with `optional` levels that may be null. `dictionary` is asked for
    /// if the page needs one.
    pub(super) fn read(
        file: &SharedFile,
        chunk: &Chunk,
        header: &PageHeader,
        optional: u8,
        dictionary: impl FnOnce() -> io::Result<Arc<Values>>,
    ) -> io::Result<Self> {
        let encoding = Encoding::of(header.encoding)?;
        let body = Body::of(file, header, chunk.codec)?;
        let (levels, begin) = levels(&body, header, optional)?;
        let rows = Rows::read(levels.as_deref(), optional, header.values)?;
        if encoding != Encoding::Dictionary {
            let values = Values::find(body, begin, encoding, rows.present)?;
            return Ok(Self { rows, values: Arc::new(values), indices: None });
        }
        let values = dictionary()?;
        let indices = indices(&body.rest(begin)?, rows.present, values.places.len())?;
        Ok(Self { rows, values, indices: Some(indices) })
    }

    /// The value in a row of the page.
    pub(super) fn cell(&self, row: u64) -> Cell {
        let place = || {
            let index = self.rows.value(row)?;
            let index = match &self.indices {
                Some(indices) => *indices.get(index)? as usize,
                None => index,
            };
            self.values.places.get(index)
        };
        place().map_or(Cell::Null, |place| self.values.body.cell(place.clone()))
    }

    /// Bytes that it takes in memory, with its dictionary.
    pub(super) fn memory(&self) -> u64 {
        let indices = self.indices.as_ref().map_or(0, Vec::len) as u64;
        self.rows.memory() + self.values.memory() + 4 * indices
    }
}

/// The levels of a page, and where its values begin.
fn levels(body: &Body, header: &PageHeader, optional: u8) -> io::Result<(Option<Vec<u8>>, u64)> {
    let (start, length) = match header.kind {
        PageKind::V2 { levels, .. } => (0, levels),
        _ if optional == 0 => (0, 0),
        _ => {
            let mut length = [0; 4];
            body.read(0, &mut length)?;
            (4, u64::from(u32::from_le_bytes(length)))
        }
    };
    let end = start + length;
    if end > body.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if optional == 0 {
        return Ok((None, end));
    }
    let mut levels = vec![0; length as usize];
    body.read(start, &mut levels)?;
    Ok((Some(levels), end))
}
