//! Where the values of one record batch lie in the file.

use std::io::{self, Read};
use std::ops::Range;

use super::super::cell::Cell;
use super::super::fault::bad;
use super::flatbuffer::{Table, Vector};
use super::schema::{Leaf, Leaves, Place, Storage};
use crate::shared_file::SharedFile;

/// The most buffers of views in one batch.
const MAX_BUFFERS: usize = 1 << 16;

/// Rows that lie together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) first_row: u64,
    pub(super) rows: u64,
    pub(super) bytes: Values,
    pub(super) path: Option<Values>,
}

/// Values of one column in one batch, as places in the file.
#[derive(Debug)]
pub(super) struct Values {
    storage: Storage,
    /// A bit for each row that is not null, of the column and of the struct that it is in.
    valid: [Option<Range<u64>>; 2],
    /// Offsets or views.
    offsets: Range<u64>,
    data: Vec<Range<u64>>,
}

/// The parts of a batch's metadata.
struct Metadata<'a> {
    rows: u64,
    nodes: Vector<'a>,
    buffers: Vector<'a>,
    views: Vector<'a>,
    body: Range<u64>,
}

impl Batch {
    /// Reads the metadata of a batch whose data are at `body`.
    pub(super) fn read(
        table: &Table<'_>,
        leaves: &Leaves,
        first_row: u64,
        body: Range<u64>,
    ) -> io::Result<Self> {
        if table.table(3)?.is_some() {
            return Err(bad("is compressed: write it without compression, in Python \
                 pyarrow.feather.write_feather(table, 'new.arrow', compression='uncompressed')"));
        }
        let rows = u64::try_from(table.long(0)?).map_err(|_| contradiction())?;
        let (nodes, buffers, views) = (table.vector(1)?, table.vector(2)?, table.vector(4)?);
        let metadata = Metadata { rows, nodes, buffers, views, body };
        let path = leaves.path.map(|path| metadata.values(&path)).transpose()?;
        Ok(Self { first_row, rows, bytes: metadata.values(&leaves.bytes)?, path })
    }
}

impl Metadata<'_> {
    fn values(&self, leaf: &Leaf) -> io::Result<Values> {
        let first = self.first_buffer(leaf.place)?;
        let mut valid = [self.valid(leaf.place)?, None];
        if let Some(outer) = leaf.outer {
            valid[1] = self.valid(outer)?;
        }
        let offsets = self.buffer(first + 1)?;
        let count = match leaf.storage {
            Storage::View => self.view_buffers(leaf.place.views)?,
            Storage::Small | Storage::Large => 1,
        };
        let data = (0..count).map(|at| self.buffer(first + 2 + at)).collect::<io::Result<_>>()?;
        let needed = match leaf.storage {
            _ if self.rows == 0 => Some(0),
            Storage::View => self.rows.checked_mul(16),
            Storage::Small => (self.rows + 1).checked_mul(4),
            Storage::Large => (self.rows + 1).checked_mul(8),
        };
        if needed.is_none_or(|needed| needed > offsets.end - offsets.start) {
            return Err(contradiction());
        }
        Ok(Values { storage: leaf.storage, valid, offsets, data })
    }

    /// The bits of a column; `None` if no value is null.
    fn valid(&self, place: Place) -> io::Result<Option<Range<u64>>> {
        let node = self.nodes.element::<16>(place.node)?;
        let (length, nulls) = halves(node);
        if u64::try_from(length) != Ok(self.rows) {
            return Err(contradiction());
        }
        let bits = self.buffer(self.first_buffer(place)?)?;
        if nulls == 0 || bits.is_empty() && nulls < 0 {
            return Ok(None);
        }
        if bits.end - bits.start < self.rows.div_ceil(8) {
            return Err(contradiction());
        }
        Ok(Some(bits))
    }

    /// The first buffer of a column: those of columns of views before it have any number more.
    fn first_buffer(&self, place: Place) -> io::Result<usize> {
        (0..place.views).try_fold(place.buffer, |sum, at| Ok(sum + self.view_buffers(at)?))
    }

    fn view_buffers(&self, at: usize) -> io::Result<usize> {
        let count = i64::from_le_bytes(self.views.element(at)?);
        let count = usize::try_from(count).ok().filter(|&count| count <= MAX_BUFFERS);
        count.ok_or_else(contradiction)
    }

    fn buffer(&self, index: usize) -> io::Result<Range<u64>> {
        let (offset, length) = halves(self.buffers.element::<16>(index)?);
        let start = u64::try_from(offset).ok().and_then(|at| at.checked_add(self.body.start));
        let length = u64::try_from(length).ok();
        let range = start.zip(length).and_then(|(start, length)| {
            let end = start.checked_add(length)?;
            (end <= self.body.end).then_some(start..end)
        });
        range.ok_or_else(contradiction)
    }
}

impl Values {
    /// The value in a row of the batch.
    pub(super) fn cell(&self, file: &SharedFile, row: u64) -> io::Result<Cell> {
        for valid in self.valid.iter().flatten() {
            let [bits] = read(file, valid.start + row / 8)?;
            if bits >> (row % 8) & 1 == 0 {
                return Ok(Cell::Null);
            }
        }
        let place = |data: Option<&Range<u64>>, start: u64, end: u64| {
            let data = data.filter(|data| start <= end && end <= data.end - data.start);
            let data = data.ok_or_else(|| bad("its place contradicts the table's lengths"))?;
            Ok(Cell::File { start: data.start + start, length: end - start })
        };
        let first = self.data.first();
        match self.storage {
            Storage::Small => {
                let [a, b, c, d, e, f, g, h] = read(file, self.offsets.start + 4 * row)?;
                let [start, end] = [[a, b, c, d], [e, f, g, h]].map(u32::from_le_bytes);
                place(first, start.into(), end.into())
            }
            Storage::Large => {
                let (start, end) = halves(read(file, self.offsets.start + 8 * row)?);
                place(first, start as u64, end as u64)
            }
            Storage::View => {
                let at = self.offsets.start + 16 * row;
                let view = read::<16>(file, at)?;
                let word = |at: usize| {
                    u32::from_le_bytes([view[at], view[at + 1], view[at + 2], view[at + 3]])
                };
                let length = u64::from(word(0));
                if length <= 12 {
                    return Ok(Cell::File { start: at + 4, length });
                }
                let start = u64::from(word(12));
                place(self.data.get(word(8) as usize), start, start + length)
            }
        }
    }
}

/// Two integers of 8 bytes.
fn halves(bytes: [u8; 16]) -> (i64, i64) {
    let both = u128::from_le_bytes(bytes);
    (both as i64, (both >> 64) as i64)
}

fn read<const N: usize>(file: &SharedFile, at: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.at(at).read_exact(&mut bytes)?;
    Ok(bytes)
}

fn contradiction() -> io::Error {
    bad("has a record batch that contradicts itself: write it again")
}
