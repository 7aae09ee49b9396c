//! The columns of a Parquet file.

use std::io::{self, Read};

use super::super::column::Column;
use super::super::fault::bad;
use super::thrift::{Kind, Thrift};

/// The most elements of a schema.
const MAX_ELEMENTS: u64 = 100_000;

/// The longest name of a column, in bytes.
const MAX_NAME: u64 = 4096;

/// Groups within each other.
const MAX_DEPTH: u32 = 32;

/// The code of binary values, of which texts are some.
const BYTE_ARRAY: i64 = 6;

const TYPES: [&str; 8] =
    ["boolean", "int32", "int64", "int96", "float", "double", "binary", "fixed-length binary"];

/// A column of values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    /// Its place among all.
    pub(super) index: u64,
    /// How many levels of it may be null.
    pub(super) optional: u8,
}

/// The columns that a column of images consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaves {
    pub(super) bytes: Leaf,
    pub(super) path: Option<Leaf>,
}

/// An element: a group or a leaf.
#[derive(Default)]
struct Element {
    name: String,
    kind: Option<i64>,
    repetition: i64,
    children: u64,
    /// It is more than bytes, or than a struct: text, a decimal, a list, …
    annotated: bool,
}

impl Element {
    const OPTIONAL: i64 = 1;
    const REPEATED: i64 = 2;

    fn optional(&self) -> u8 {
        u8::from(self.repetition == Self::OPTIONAL)
    }

    /// Whether it holds one value of bytes in each row.
    fn is_bytes(&self) -> bool {
        self.kind == Some(BYTE_ARRAY) && self.repetition != Self::REPEATED
    }

    fn describe(&self) -> String {
        let kind = self.kind.and_then(|kind| TYPES.get(usize::try_from(kind).ok()?));
        match kind {
            _ if self.repetition == Self::REPEATED => "list".into(),
            Some(&"binary") if self.annotated => "text".into(),
            Some(name) => (*name).into(),
            None if self.annotated => "list".into(),
            None => "struct".into(),
        }
    }
}

/// Reads the schema: the number of leaves, and the columns.
pub(super) fn schema(thrift: &mut Thrift<impl Read>) -> io::Result<(u64, Vec<Column<Leaves>>)> {
    let left = thrift.list()?;
    if left > MAX_ELEMENTS {
        return Err(bad(format!("has {left} columns, more than {MAX_ELEMENTS}")));
    }
    let mut walk = Walk { thrift, left, leaves: 0 };
    let root = walk.element()?;
    let columns = (0..root.children).map(|_| walk.column()).collect::<io::Result<_>>()?;
    if walk.left > 0 {
        return Err(bad("has a schema that contradicts itself: write it again"));
    }
    Ok((walk.leaves, columns))
}

/// The elements in the order of the file: each group before its children.
struct Walk<'a, R> {
    thrift: &'a mut Thrift<R>,
    left: u64,
    leaves: u64,
}

impl<R: Read> Walk<'_, R> {
    fn element(&mut self) -> io::Result<Element> {
        let wrong = || bad("has a schema that contradicts itself: write it again");
        self.left = self.left.checked_sub(1).ok_or_else(wrong)?;
        let mut element = Element::default();
        self.thrift.structure(|thrift, field, kind| {
            match (field, kind) {
                (1, Kind::Integer) => element.kind = Some(thrift.integer()?),
                (3, Kind::Integer) => element.repetition = thrift.integer()?,
                (4, Kind::Binary) => element.name = thrift.text(MAX_NAME)?,
                (5, Kind::Integer) => element.children = thrift.size()?,
                (6 | 10, _) => {
                    element.annotated = true;
                    thrift.skip(kind)?;
                }
                _ => thrift.skip(kind)?,
            }
            Ok(())
        })?;
        Ok(element)
    }

    /// A column with all below it.
    fn column(&mut self) -> io::Result<Column<Leaves>> {
        let top = self.element()?;
        let kind = top.describe();
        if top.kind.is_some() {
            let images = (top.is_bytes() && !top.annotated)
                .then(|| Leaves { bytes: self.leaf(&top, 0), path: None });
            self.leaves += 1;
            return Ok(Column { name: top.name, kind, images });
        }
        let (mut bytes, mut path) = (None, None);
        for _ in 0..top.children {
            let child = self.element()?;
            let leaf = child.is_bytes().then(|| self.leaf(&child, top.optional()));
            match &*child.name {
                "bytes" if !child.annotated => bytes = leaf,
                "path" => path = leaf,
                _ => {}
            }
            self.below(&child, 0)?;
        }
        let is_struct = !top.annotated && top.repetition != Element::REPEATED;
        let images = bytes.filter(|_| is_struct).map(|bytes| Leaves { bytes, path });
        Ok(Column { name: top.name, kind, images })
    }

    fn leaf(&self, element: &Element, outer: u8) -> Leaf {
        Leaf { index: self.leaves, optional: outer + element.optional() }
    }

    /// Passes the children of an element, or counts it as a leaf.
    fn below(&mut self, element: &Element, depth: u32) -> io::Result<()> {
        if depth > MAX_DEPTH {
            return Err(bad("has columns that are nested too deeply"));
        }
        if element.kind.is_some() {
            self.leaves += 1;
        }
        for _ in 0..element.children {
            let child = self.element()?;
            self.below(&child, depth + 1)?;
        }
        Ok(())
    }
}
