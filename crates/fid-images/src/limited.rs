//! A bound on the bytes read while an archive's directory or headers are parsed. The `zip` crate
//! makes hundreds of bytes of every fifty in a directory, so a large one would fill the memory.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// A reader that fails once its limit is used up.
pub(crate) struct Limited<F> {
    inner: F,
    left: Rc<Cell<u64>>,
    too_long: &'static str,
}

/// Sets the limit of a [`Limited`] reader that something else owns.
pub(crate) struct Limit(Rc<Cell<u64>>);

impl<F> Limited<F> {
    /// Lets `most` bytes be read, after which reading fails with the message `too_long`.
    pub(crate) fn new(inner: F, most: u64, too_long: &'static str) -> (Self, Limit) {
        let left = Rc::new(Cell::new(most));
        (Self { inner, left: Rc::clone(&left), too_long }, Limit(left))
    }
}

impl Limit {
    /// Allows `most` bytes from here on.
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
