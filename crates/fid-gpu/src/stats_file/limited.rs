//! A bound on how much of a file is read to open it as an archive, or to find the next member. Of a
//! directory of fifty bytes an entry the archive's reader makes hundreds, so that a large one would fill
//! the memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A reader that fails at a limit.
pub(crate) struct Limited<F> {
    inner: F,
    left: Rc<Cell<u64>>,
    too_long: &'static str,
}

/// The limit of a [`Limited`] reader.
pub(crate) struct Limit(Rc<Cell<u64>>);

impl<F> Limited<F> {
    /// With the most bytes that are read until the limit is set anew, and what is said where there
    /// are more.
    pub(crate) fn new(inner: F, most: u64, too_long: &'static str) -> (Self, Limit) {
        let left = Rc::new(Cell::new(most));
        (Self { inner, left: Rc::clone(&left), too_long }, Limit(left))
    }
}

impl Limit {
    /// Lets so many bytes be read from here on.
    pub(crate) fn set(&self, most: u64) {
        self.0.set(most);
    }
}

impl<F: Read> Read for Limited<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        match self.left.get().checked_sub(length as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other(self.too_long)),
        }
        Ok(length)
    }
}

impl<F: Seek> Seek for Limited<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
