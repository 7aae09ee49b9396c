//! Files that look like images and are not read.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::printable::printable;
use crate::skipped::lossy_path;

/// Ends a kind whose format is read, but whose files are not named as images.
const NO_ENDING: &str = " without the ending";

/// Begins a kind of files that a shell would hide.
const HIDDEN: &str = "hidden ";

/// Files of one kind that look like images, or videos, and are not read. They are no part of a set.
///
/// Displays as `4 AVIF (first: photos/0.avif)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unread {
    /// A format, such as `AVIF` or `MP4 video`; `PNG without the ending`; `hidden PNG`.
    pub kind: String,
    /// Number of files of the kind.
    pub count: usize,
    /// The first of them, by the bytes of their paths.
    #[serde(serialize_with = "lossy_path")]
    pub example: PathBuf,
}

impl Unread {
    /// Files that look like images, in words; empty if there are none: `4 files look like images and
    /// are not read: 4 AVIF (first: photos/0.avif)`.
    pub fn sentence(unread: &[Self]) -> String {
        let files = match unread.iter().map(|kind| kind.count).sum::<usize>() {
            0 => return String::new(),
            1 => "1 file looks like an image and is not read".to_owned(),
            count => format!("{count} files look like images and are not read"),
        };
        let kinds = unread.iter().map(Self::to_string).collect::<Vec<_>>();
        format!("{files}: {}", kinds.join(", "))
    }

    /// How such files come to be read, as a phrase.
    pub fn way_out(unread: &[Self]) -> String {
        let some = |of: fn(&Self) -> bool| unread.iter().any(of);
        let ways = [
            (some(Self::is_other_format), "convert them, for example to PNG"),
            (some(Self::is_video), "save the frames of videos as images (ffmpeg -i FILE %06d.png)"),
            (some(|kind| kind.kind.ends_with(NO_ENDING)), "give images the ending of their format"),
            (
                some(|kind| kind.kind.starts_with(HIDDEN)),
                "take the dot off the names of hidden ones",
            ),
        ];
        let ways = ways.iter().filter(|(some, _)| *some).map(|(_, way)| *way);
        ways.collect::<Vec<_>>().join(", ")
    }

    /// The kind of files of a `format`, as a file of another name or a hidden one.
    pub(super) fn kind_of(format: &str, hidden: bool, is_read: bool) -> String {
        // Looks have an article where they are no proper names.
        let format = format.strip_prefix("a ").unwrap_or(format);
        match (hidden, is_read) {
            (true, _) => format!("{HIDDEN}{format}"),
            (false, true) => format!("{format}{NO_ENDING}"),
            (false, false) => format.to_owned(),
        }
    }

    fn is_video(&self) -> bool {
        self.kind.ends_with(" video")
    }

    fn is_other_format(&self) -> bool {
        !(self.is_video() || self.kind.ends_with(NO_ENDING) || self.kind.starts_with(HIDDEN))
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (first: {})", self.count, self.kind, printable(&self.example))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_in_one_sentence() {
        let kind = |kind: &str, count, example: &str| Unread {
            kind: kind.into(),
            count,
            example: example.into(),
        };
        let mut unread = vec![kind("AVIF", 1, "a/0.avif")];
        assert_eq!(
            Unread::sentence(&unread),
            "1 file looks like an image and is not read: 1 AVIF (first: a/0.avif)"
        );
        assert_eq!(Unread::way_out(&unread), "convert them, for example to PNG");
        unread.push(kind("PNG without the ending", 2, "a/\n"));
        assert_eq!(
            Unread::sentence(&unread),
            "3 files look like images and are not read: 1 AVIF (first: a/0.avif), \
             2 PNG without the ending (first: a/\\n)"
        );
        assert!(Unread::way_out(&unread).ends_with("PNG, give images the ending of their format"));
        assert!(Unread::way_out(&[kind("MP4 video", 1, "a.mp4")]).starts_with("save the frames"));
        assert_eq!(Unread::sentence(&[]), "");
    }
}
