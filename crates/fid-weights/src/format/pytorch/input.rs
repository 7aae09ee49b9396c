//! The bytes of a pickle, taken one after the other.

use super::damage::damaged;
use super::machine::Machine;
use super::object::PickleValue;
use crate::format::problem::FileProblem;

impl<'a> Machine<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], FileProblem> {
        let (taken, rest) = self
            .input
            .split_at_checked(length)
            .ok_or_else(|| damaged("its pickle is cut short"))?;
        self.input = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FileProblem> {
        let taken = self.take(N)?;
        taken.first_chunk().copied().ok_or_else(|| damaged("its pickle is cut short"))
    }

    /// Bytes after their length in `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        self.counted::<N>().map(PickleValue::Bytes)
    }

    fn counted<const N: usize>(&mut self) -> Result<&'a [u8], FileProblem> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.array::<N>()?);
        self.take(usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX))
    }

    /// Text after its length in `N` bytes.
    pub(super) fn text<const N: usize>(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        let text = str::from_utf8(self.counted::<N>()?);
        text.map(PickleValue::Text).map_err(|_| damaged("a text in its pickle is not UTF-8"))
    }

    pub(super) fn line(&mut self) -> Result<&'a str, FileProblem> {
        let end = self.input.iter().take(200).position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or_else(|| damaged("a name in its pickle does not end"))?)?;
        self.take(1)?;
        str::from_utf8(line).map_err(|_| damaged("a name in its pickle is not UTF-8"))
    }
}
