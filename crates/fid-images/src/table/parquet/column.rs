//! The values of one column, page by page.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::super::cell::Cell;
use super::super::fault::bad;
use super::footer::Chunk;
use super::page::{Page, dictionary};
use super::page_header::{self, PageHeader, PageKind, at};
use super::values::{MAX_VALUES, Values};
use crate::shared_file::SharedFile;

/// Bytes of pages that are kept, beside two of any size.
const KEPT: u64 = 64 << 20;

/// The most pages that are kept.
const MAX_KEPT: usize = 256;

/// The most pages of a chunk.
const MAX_PAGES: usize = 1 << 20;

/// A result that several threads share; an error is kept as its text.
type Shared<T> = OnceLock<Result<Arc<T>, String>>;

/// Reads a column, from any number of threads: the first that needs a page unpacks it, and others
/// wait for it.
#[derive(Debug)]
pub(super) struct ColumnReader {
    file: SharedFile,
    optional: u8,
    chunks: Vec<ChunkPages>,
    recent: Mutex<Vec<Recent>>,
}

/// A chunk and its pages.
#[derive(Debug)]
struct ChunkPages {
    chunk: Chunk,
    pages: Shared<Pages>,
}

/// The headers of a chunk's pages.
#[derive(Debug)]
struct Pages {
    /// Kept by the pages that need it.
    dictionary: Option<(PageHeader, Mutex<Weak<Values>>)>,
    /// Each data page with its first row in the chunk, and where its header begins.
    data: Vec<(u64, u64, PageHeader)>,
}

/// A page that was used.
struct Recent {
    chunk: usize,
    page: usize,
    read: Arc<Shared<Page>>,
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "page {} of chunk {}", self.page, self.chunk)
    }
}

impl ColumnReader {
    /// A reader of a column with `optional` levels that may be null.
    pub(super) fn new(file: &SharedFile, optional: u8, chunks: Vec<Chunk>) -> Self {
        let chunk = |chunk| ChunkPages { chunk, pages: OnceLock::new() };
        let chunks = chunks.into_iter().map(chunk).collect();
        Self { file: file.clone(), optional, chunks, recent: Mutex::default() }
    }

    /// The value in a row.
    pub(super) fn cell(&self, row: u64) -> io::Result<Cell> {
        let outside = || bad("it has no such row");
        let after = self.chunks.partition_point(|it| it.chunk.first_row <= row);
        let place = after.checked_sub(1).ok_or_else(outside)?;
        let ChunkPages { chunk, pages } = &self.chunks[place];
        let pages = shared(pages, || self.pages(chunk))?;
        let row = row - chunk.first_row;
        let after = pages.data.partition_point(|(first, ..)| *first <= row);
        let page = after.checked_sub(1).ok_or_else(outside)?;
        let (first, position, header) = &pages.data[page];
        let recent = self.recent(place, page);
        let dictionary = || self.dictionary(chunk, &pages);
        let read = shared(&recent, || {
            Page::read(&self.file, chunk, header, self.optional, dictionary)
                .map_err(|error| at(*position, error))
        });
        self.forget();
        Ok(read?.cell(row - first))
    }

    /// Goes through the headers of a chunk.
    fn pages(&self, chunk: &Chunk) -> io::Result<Pages> {
        let mut pages = Pages { dictionary: None, data: Vec::new() };
        let end = chunk.start + chunk.length;
        let (mut position, mut rows) = (chunk.start, 0);
        while rows < chunk.rows {
            if position >= end {
                return Err(bad(format!("it has pages of {rows} rows for {}", chunk.rows)));
            }
            let header = page_header::read(&self.file, position, end)?;
            match header.kind {
                PageKind::Dictionary => pages.dictionary = Some((header, Mutex::default())),
                PageKind::V1 | PageKind::V2 { .. } => {
                    if header.values > (chunk.rows - rows).min(MAX_VALUES) {
                        let text = format!("it claims {} values", header.values);
                        return Err(at(position, bad(text)));
                    }
                    if header.values > 0 {
                        pages.data.push((rows, position, header));
                    }
                    rows += header.values;
                }
                PageKind::Other => {}
            }
            if pages.data.len() > MAX_PAGES {
                return Err(bad("it has too many pages"));
            }
            position = header.start + header.length;
        }
        Ok(pages)
    }

    /// The dictionary of a chunk.
    fn dictionary(&self, chunk: &Chunk, pages: &Pages) -> io::Result<Arc<Values>> {
        let missing = || bad("it has no dictionary");
        let (header, values) = pages.dictionary.as_ref().ok_or_else(missing)?;
        let mut values = lock(values);
        if let Some(values) = values.upgrade() {
            return Ok(values);
        }
        let read = Arc::new(dictionary(&self.file, chunk, header)?);
        *values = Arc::downgrade(&read);
        Ok(read)
    }

    /// A page, from those that were used last or not yet read.
    fn recent(&self, chunk: usize, page: usize) -> Arc<Shared<Page>> {
        let mut recent = lock(&self.recent);
        let same = |it: &Recent| (it.chunk, it.page) == (chunk, page);
        let found = match recent.iter().position(same) {
            Some(at) => recent.remove(at),
            None => Recent { chunk, page, read: Arc::default() },
        };
        let read = Arc::clone(&found.read);
        recent.push(found);
        read
    }

    /// Drops the pages that were not used for the longest time.
    fn forget(&self) {
        let mut recent = lock(&self.recent);
        let bytes = |it: &Recent| match it.read.get() {
            Some(Ok(page)) => page.memory(),
            _ => 0,
        };
        let mut total = recent.iter().map(bytes).sum::<u64>();
        while recent.len() > 2 && (total > KEPT || recent.len() > MAX_KEPT) {
            total -= bytes(&recent.remove(0));
        }
    }
}

/// The result of `make`, which runs once however many threads ask.
fn shared<T>(cell: &Shared<T>, make: impl FnOnce() -> io::Result<T>) -> io::Result<Arc<T>> {
    let made = cell.get_or_init(|| make().map(Arc::new).map_err(|error| error.to_string()));
    made.clone().map_err(bad)
}

/// No panic leaves what these locks guard half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
