//! A bound on how much of a file is read to open it as an archive. Of a directory of fifty bytes an
//! entry the archive's reader makes hundreds, so that a large one would fill the memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A reader that stops at a limit, until [`Limit::lift`].
pub(crate) struct Limited<F> {
    inner: F,
    left: Rc<Cell<u64>>,
}

/// The limit of a [`Limited`] reader.
pub(crate) struct Limit(Rc<Cell<u64>>);

impl<F> Limited<F> {
    /// With the most bytes that are read until the limit is lifted.
    pub(crate) fn new(inner: F, most: u64) -> (Self, Limit) {
        let left = Rc::new(Cell::new(most));
        (Self { inner, left: Rc::clone(&left) }, Limit(left))
    }
}

impl Limit {
    /// Lets everything be read.
    pub(super) fn lift(&self) {
        self.0.set(u64::MAX);
    }
}

impl<F: Read> Read for Limited<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        match self.left.get().checked_sub(length as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("its directory is too long")),
        }
        Ok(length)
    }
}

impl<F: Seek> Seek for Limited<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
