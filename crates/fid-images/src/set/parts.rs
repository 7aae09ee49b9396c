//! The places that a set's images lie in, as one list.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::array::Array;
use super::names::member_path;
use super::table_set::TableSet;

/// Images that lie in one place.
#[derive(Debug)]
pub(super) enum Part {
    /// Files below a folder.
    Files { base: PathBuf, files: Vec<PathBuf> },
    /// Members of an archive.
    Archive(Archive),
    /// Images without a format.
    Array(Array),
    /// Rows of a table.
    Table(Box<TableSet>),
}

impl Part {
    /// The number of images.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Files { files, .. } => files.len(),
            Self::Archive(archive) => archive.members.len(),
            Self::Array(array) => array.count,
            Self::Table(table) => table.len(),
        }
    }

    fn name_and_size(&self, at: usize, identity: &str) -> (Vec<u8>, u64) {
        match self {
            Self::Files { base, files } => {
                let path = &files[at];
                let name = path.strip_prefix(base).unwrap_or(path);
                let parts = name.iter().map(|part| part.as_encoded_bytes()).collect::<Vec<_>>();
                (parts.join(&b'/'), fs::metadata(path).map_or(0, |file| file.len()))
            }
            Self::Archive(archive) => {
                let member = &archive.members[at];
                (member.name.to_vec(), member.size())
            }
            Self::Array(array) => (format!("{identity}/{at}").into_bytes(), array.layout.bytes()),
            // The size of an image is only known where its page is read.
            Self::Table(_) => (format!("{identity}/{at}").into_bytes(), 0),
        }
    }
}

/// Parts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    /// The index behind the last image of each part.
    ends: Vec<usize>,
}

impl Parts {
    pub(super) fn push(&mut self, part: Part) {
        self.ends.push(self.len().saturating_add(part.len()));
        self.parts.push(part);
    }

    /// The number of images.
    pub(super) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// The part of an image and its index there; `None` beyond the list.
    pub(super) fn find(&self, index: usize) -> Option<(&Part, usize)> {
        let part = self.ends.partition_point(|&end| end <= index);
        let begin = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some((self.parts.get(part)?, index - begin))
    }

    /// The name of an image in messages; empty beyond the list.
    pub(super) fn path(&self, index: usize) -> Cow<'_, Path> {
        match self.find(index) {
            None => Path::new("").into(),
            Some((Part::Files { files, .. }, at)) => files[at].as_path().into(),
            Some((Part::Archive(archive), at)) => {
                member_path(&archive.path, &archive.members[at].name).into()
            }
            Some((Part::Array(array), at)) => array.image_path(at).into(),
            Some((Part::Table(table), at)) => table.image_path(at).into(),
        }
    }

    /// Whether the images of some part are only reached in order.
    pub(super) fn is_sequential(&self) -> bool {
        let sequential = |part: &Part| matches!(part, Part::Array(array) if array.is_sequential());
        self.parts.iter().any(sequential)
    }

    /// See [`ImageSet::names_and_sizes`](super::ImageSet::names_and_sizes).
    pub(super) fn names_and_sizes(&self) -> impl Iterator<Item = (Vec<u8>, u64)> {
        let several = self.parts.len() > 1;
        self.parts.iter().flat_map(move |part| {
            let (path, identity) = match part {
                Part::Files { base, .. } => (base, String::new()),
                Part::Archive(archive) => (&archive.path, String::new()),
                Part::Array(array) => (&array.path, array.identity()),
                Part::Table(table) => (&table.path, table.identity()),
            };
            let mut prefix = Vec::new();
            if let Some(name) = path.file_name().filter(|_| several) {
                prefix = [name.as_encoded_bytes(), b"/"].concat();
            }
            (0..part.len()).map(move |at| {
                let (name, size) = part.name_and_size(at, &identity);
                ([&prefix[..], &name].concat(), size)
            })
        })
    }
}
