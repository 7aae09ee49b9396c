//! The images behind a statistics file, so that a merge counts none twice.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Skipped;
use crate::source::ImageSet;

/// A run of consecutive images in the list of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileRange {
    /// Hash of the whole list, lower-case hex: SHA-256 of, for each image, its path below the folder
    /// with `/` (of an archive the member's, of a list the line, of an array 64 hex digits of its
    /// file, `/` and the place), a zero byte, its size in bytes as decimal digits, a line feed.
    pub sha256: String,
    /// Number of images in the whole list.
    pub of: u64,
    /// Place of the first image in the list, from 0.
    pub first: u64,
    /// Number of images in the range, skipped ones included.
    pub count: u64,
    /// Number of images in the range that could not be read and were skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// Hash of the range without skipped images, as above; `None` if no image was skipped. For a whole
    /// folder it is the hash that the folder has without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_sha256: Option<String>,
    /// If the list is a random subset of another list, the hash of that list, as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_from_sha256: Option<String>,
}

impl FileRange {
    /// The images at `range` of the set's list, without those `skipped`, which are in list order.
    pub(crate) fn new(set: &ImageSet, range: Range<usize>, skipped: &[Skipped]) -> Self {
        let (mut listed, mut all, mut taken) = (Sha256::new(), Sha256::new(), Sha256::new());
        let mut left_out = skipped.iter().map(|file| &file.path).peekable();
        let drawn = set.len() < set.listed_len();
        for (index, name, size) in set.listed() {
            let line = [&name[..], format!("\0{size}\n").as_bytes()].concat();
            if drawn {
                listed.update(&line);
            }
            let Some(index) = index else { continue };
            all.update(&line);
            if left_out.next_if(|path| **path == set.path(index)).is_none()
                && range.contains(&index)
            {
                taken.update(&line);
            }
        }
        let taken = (!skipped.is_empty()).then(|| format!("{:x}", taken.finalize()));
        Self {
            sha256: format!("{:x}", all.finalize()),
            of: set.len() as u64,
            first: range.start as u64,
            count: range.len() as u64,
            skipped: skipped.len() as u64,
            taken_sha256: taken,
            drawn_from_sha256: drawn.then(|| format!("{:x}", listed.finalize())),
        }
    }

    /// Number of images without skipped ones. Counts may come from a file: they may be inconsistent.
    pub(crate) fn images(&self) -> u64 {
        self.count.saturating_sub(self.skipped)
    }

    /// Hash of exactly these images without skipped ones; `None` for a part of a list without skipped
    /// images.
    fn identity(&self) -> Option<&String> {
        let whole = self.first == 0 && self.count == self.of;
        self.taken_sha256.as_ref().or(whole.then_some(&self.sha256))
    }

    /// Whether both are of one list, and were drawn from it in different ways.
    pub(super) fn drawn_otherwise(&self, other: &Self) -> bool {
        self.sha256 != other.sha256 && self.list() == other.list()
    }

    /// Hash of the list before any images were drawn from it.
    fn list(&self) -> &String {
        self.drawn_from_sha256.as_ref().unwrap_or(&self.sha256)
    }

    /// End of the range. Counts may come from a file: the sum must not overflow.
    fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }

    /// The images in both ranges, as a phrase.
    pub(super) fn overlap(&self, other: &Self) -> Option<String> {
        if self.identity().is_some_and(|identity| Some(identity) == other.identity()) {
            return Some(format!("the same {} files", self.images()));
        }
        let first = self.first.max(other.first);
        let end = self.end().min(other.end());
        (self.sha256 == other.sha256 && first < end).then(|| {
            format!("numbers {} to {end} of the same list of {} files", first + 1, self.of)
        })
    }

    /// Adds `new` to the sorted `list`, joined with the ranges that it continues.
    pub(super) fn insert(list: &mut Vec<Self>, new: Self) {
        let place =
            list.partition_point(|range| (&range.sha256, range.first) < (&new.sha256, new.first));
        list.insert(place, new);
        list.dedup_by(|next, range| {
            // A joined range could not say which images of its parts were skipped.
            let complete = next.taken_sha256.is_none() && range.taken_sha256.is_none();
            let continues = complete && next.sha256 == range.sha256 && next.first == range.end();
            if continues {
                range.count = range.count.saturating_add(next.count);
            }
            continues
        });
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
