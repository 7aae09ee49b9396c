//! Which images a file is of, so that none is counted twice.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::ImageFolder;

/// A run of consecutive images in the sorted list of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileRange {
    /// Hash of the whole list, lower-case hex: SHA-256 of, for each file, its path below the folder
    /// with `/`, a zero byte, its size in bytes as decimal digits, a line feed.
    pub sha256: String,
    /// Number of images in the whole list.
    pub of: u64,
    /// The first one's place in it, from 0.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl FileRange {
    /// The images at `range` of the folder's list.
    pub(crate) fn new(folder: &ImageFolder, range: Range<usize>) -> Self {
        let mut hash = Sha256::new();
        for (name, size) in folder.names_and_sizes() {
            hash.update(&name);
            hash.update(format!("\0{size}\n"));
        }
        Self {
            sha256: format!("{:x}", hash.finalize()),
            of: folder.len() as u64,
            first: range.start as u64,
            count: range.len() as u64,
        }
    }

    /// Where the range ends. Counts are from a file: the sum must not overflow.
    fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }

    /// What both have in common, in words.
    pub(super) fn overlap(&self, other: &Self) -> Option<String> {
        let first = self.first.max(other.first);
        let end = self.end().min(other.end());
        (self.sha256 == other.sha256 && first < end).then(|| {
            format!("numbers {} to {end} of the same list of {} files", first + 1, self.of)
        })
    }

    /// Adds `new` to `list`, in order, as one range with those that it continues.
    pub(super) fn insert(list: &mut Vec<Self>, new: Self) {
        let place =
            list.partition_point(|range| (&range.sha256, range.first) < (&new.sha256, new.first));
        list.insert(place, new);
        list.dedup_by(|next, range| {
            let continues = next.sha256 == range.sha256 && next.first == range.end();
            if continues {
                range.count = range.count.saturating_add(next.count);
            }
            continues
        });
    }
}
