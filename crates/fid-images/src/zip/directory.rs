//! The directory at the end of an archive.

use std::io::{Read, Seek};

use ::zip::ZipArchive;

use super::error::{MemberProblem, ZipError};
use super::member::Member;
use crate::limited::Limited;

/// The directory of an archive: in memory a few hundred bytes an entry.
pub struct Directory<R>(ZipArchive<Limited<R>>);

/// An entry of a directory.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name's bytes, as stored.
    pub name: Box<[u8]>,
    /// Whether the entry is a folder.
    pub is_folder: bool,
    /// How to unpack it, or why that is impossible.
    pub member: Result<Member, MemberProblem>,
}

impl<R: Read + Seek> Directory<R> {
    /// Reads the directory of an archive. `limit` is the most bytes that are read for it.
    ///
    /// # Errors
    ///
    /// [`ZipError`] if `file` is no whole zip archive, or its directory is longer than `limit`.
    pub fn read(file: R, limit: u64) -> Result<Self, ZipError> {
        // The limit stays in force: members are unpacked through a reader of their own.
        let (limited, _limit) = Limited::new(file, limit, "its directory is too long");
        Ok(Self(ZipArchive::new(limited)?))
    }

    /// Whether two entries have the same name. [`entries`](Self::entries) gives the last of them.
    pub fn has_duplicate_names(&self) -> bool {
        self.0.has_duplicate_names()
    }

    /// The entries in the directory's order.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry, ZipError>> + '_ {
        (0..self.0.len()).map(|index| {
            let entry = self.0.by_index_data(index)?;
            let member = Member::of(&entry);
            Ok(Entry { name: entry.name_raw().into(), is_folder: entry.is_dir(), member })
        })
    }
}
