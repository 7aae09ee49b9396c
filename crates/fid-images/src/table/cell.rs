//! Where one value of a table lies.

use std::io::{self, Read};
#[cfg(feature = "parquet")]
use std::ops::Range;
#[cfg(feature = "parquet")]
use std::sync::Arc;

use crate::shared_file::SharedFile;

/// The place of a value.
#[derive(Debug)]
pub(crate) enum Cell {
    Null,
    /// `length` bytes of the file, from `start` on.
    File {
        start: u64,
        length: u64,
    },
    /// Part of an unpacked page.
    #[cfg(feature = "parquet")]
    Memory(Slice),
}

/// Bytes of a page that several threads share.
#[cfg(feature = "parquet")]
#[derive(Debug)]
pub(crate) struct Slice {
    pub(super) page: Arc<Vec<u8>>,
    /// Within the page.
    pub(super) range: Range<usize>,
}

#[cfg(feature = "parquet")]
impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self.page.get(self.range.clone()).unwrap_or_default()
    }
}

impl Cell {
    /// The value's bytes and their number; `None` for null.
    pub(crate) fn content(self, file: &SharedFile) -> Option<(Box<dyn Read + Send>, u64)> {
        match self {
            Self::Null => None,
            Self::File { start, length } => Some((Box::new(file.at(start).take(length)), length)),
            #[cfg(feature = "parquet")]
            Self::Memory(slice) => {
                let length = slice.range.len() as u64;
                Some((Box::new(io::Cursor::new(slice)), length))
            }
        }
    }

    /// The value as text of at most `most` bytes; `None` for null.
    pub(crate) fn text(self, file: &SharedFile, most: u64) -> io::Result<Option<String>> {
        let Some((reader, length)) = self.content(file) else { return Ok(None) };
        if length > most {
            return Err(super::fault::bad(format!("its path has {length} bytes")));
        }
        let mut text = String::new();
        reader.take(most).read_to_string(&mut text)?;
        Ok(Some(text))
    }
}
