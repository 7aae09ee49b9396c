//! The columns of an Arrow table, and which buffers of a batch are theirs.
//! <https://github.com/apache/arrow/blob/main/format/Schema.fbs>

use std::io;

use super::super::column::{Column, choose};
use super::super::fault::bad;
use super::flatbuffer::Table;

/// Columns within each other.
const MAX_DEPTH: u32 = 32;

/// The most columns, those within others included.
const MAX_FIELDS: usize = 100_000;

const NAMES: [&str; 27] = [
    "none",
    "null",
    "int",
    "float",
    "binary",
    "text",
    "bool",
    "decimal",
    "date",
    "time",
    "timestamp",
    "interval",
    "list",
    "struct",
    "union",
    "fixed-size binary",
    "list",
    "map",
    "duration",
    "binary",
    "text",
    "list",
    "run-end encoded",
    "binary",
    "text",
    "list",
    "list",
];

const BINARY: u8 = 4;
const UTF8: u8 = 5;
const STRUCT: u8 = 13;
const LARGE_BINARY: u8 = 19;
const LARGE_UTF8: u8 = 20;
const BINARY_VIEW: u8 = 23;
const UTF8_VIEW: u8 = 24;

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// Offsets of 4 bytes, and data.
    Small,
    /// Offsets of 8 bytes, and data.
    Large,
    /// Views of 16 bytes, and any number of buffers.
    View,
}

/// A column of values, by its place in every batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    pub(super) storage: Storage,
    pub(super) place: Place,
    /// The struct that the column is in.
    pub(super) outer: Option<Place>,
}

/// How many nodes, buffers and columns of views come before a column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) buffer: usize,
    pub(super) views: usize,
}

/// The columns that a column of images consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaves {
    pub(super) bytes: Leaf,
    pub(super) path: Option<Leaf>,
}

/// Finds the column of images in a schema.
pub(super) fn leaves(schema: &Table<'_>) -> io::Result<Leaves> {
    if u16::from_le_bytes(schema.number(0)?) != 0 {
        return Err(bad("is of a big-endian machine: write it on another"));
    }
    let fields = schema.vector(1)?;
    let mut next = Place::default();
    let column = |index| column(&fields.table(index)?, &mut next);
    choose((0..fields.len).map(column).collect::<io::Result<_>>()?)
}

/// A column, with its name and what it is made of.
struct Field<'a> {
    table: Table<'a>,
    name: String,
    kind: u8,
    encoded: bool,
}

impl<'a> Field<'a> {
    fn of(table: Table<'a>) -> io::Result<Self> {
        let (name, kind) = (table.text(0)?, table.byte(2)?);
        Ok(Self { table, name, kind, encoded: table.table(4)?.is_some() })
    }

    fn describe(&self) -> String {
        let name = NAMES.get(usize::from(self.kind)).copied().unwrap_or("unknown");
        if self.encoded { format!("{name} with a dictionary") } else { name.into() }
    }

    /// How its values are stored, if they are bytes, or texts where they may be.
    fn storage(&self, text: bool) -> Option<Storage> {
        match self.kind {
            _ if self.encoded => None,
            BINARY => Some(Storage::Small),
            LARGE_BINARY => Some(Storage::Large),
            BINARY_VIEW => Some(Storage::View),
            UTF8 if text => Some(Storage::Small),
            LARGE_UTF8 if text => Some(Storage::Large),
            UTF8_VIEW if text => Some(Storage::View),
            _ => None,
        }
    }
}

/// Reads a column of the table, which begins at `next`.
fn column(table: &Table<'_>, next: &mut Place) -> io::Result<Column<Leaves>> {
    let field = Field::of(*table)?;
    let outer = *next;
    let kind = field.describe();
    let (mut bytes, mut path) = (None, None);
    if field.kind == STRUCT && !field.encoded {
        own(&field, next)?;
        let children = field.table.vector(5)?;
        for index in 0..children.len {
            let child = Field::of(children.table(index)?)?;
            let leaf = |storage| Leaf { storage, place: *next, outer: Some(outer) };
            match &*child.name {
                "bytes" => bytes = child.storage(false).map(leaf),
                "path" => path = child.storage(true).map(leaf),
                _ => {}
            }
            pass(&child, next, 0)?;
        }
    } else {
        bytes = field.storage(false).map(|storage| Leaf { storage, place: outer, outer: None });
        pass(&field, next, 0)?;
    }
    let images = bytes.map(|bytes| Leaves { bytes, path });
    Ok(Column { name: field.name, kind, images })
}

/// Moves `next` behind a column and all within it.
fn pass(field: &Field<'_>, next: &mut Place, depth: u32) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(bad("has columns that are nested too deeply"));
    }
    own(field, next)?;
    if field.encoded {
        return Ok(());
    }
    let children = field.table.vector(5)?;
    for index in 0..children.len {
        pass(&Field::of(children.table(index)?)?, next, depth + 1)?;
    }
    Ok(())
}

/// Moves `next` behind what a column has without those within it.
fn own(field: &Field<'_>, next: &mut Place) -> io::Result<()> {
    next.node += 1;
    if next.node > MAX_FIELDS {
        return Err(bad(format!("has more than {MAX_FIELDS} columns")));
    }
    next.buffer += match field.kind {
        _ if field.encoded => 2,
        1 | 22 => 0,
        // Of a union the types, of a dense one offsets as well.
        14 => {
            let dense = field.table.table(3)?.map_or(Ok([0; 2]), |union| union.number::<2>(0))?;
            1 + usize::from(u16::from_le_bytes(dense) == 1)
        }
        STRUCT | 16 => 1,
        BINARY | UTF8 | LARGE_BINARY | LARGE_UTF8 | 25 | 26 => 3,
        BINARY_VIEW | UTF8_VIEW => {
            next.views += 1;
            2
        }
        2..=26 => 2,
        kind => return Err(bad(format!("has a column of the unknown type {kind}"))),
    };
    Ok(())
}
