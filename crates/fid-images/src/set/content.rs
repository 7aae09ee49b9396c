//! What a file that is not named as a set is, by its name and its first bytes.

use std::path::Path;

use super::error::SetError;
use super::foreign;
use super::left_out::format_of;
use super::names::is_image_name;
use crate::decode::{look_of_bytes, look_of_ending};
use crate::printable::printable;

/// Kinds of sets, and how their files begin: a description, the ending of their names, a mark and
/// where it stands.
const SETS: [(&str, &str, usize, &[u8]); 8] = [
    ("a zip archive", "zip", 0, b"PK\x03\x04"),
    ("a zip archive", "zip", 0, b"PK\x05\x06"),
    ("a tar archive", "tar", 257, b"ustar"),
    ("a NumPy array", "npy", 0, b"\x93NUMPY"),
    ("a Parquet table", "parquet", 0, b"PAR1"),
    ("an encrypted Parquet table", "parquet", 0, b"PARE"),
    ("an Arrow table", "arrow", 0, b"ARROW1\0\0"),
    ("an IDX file of MNIST", "-ubyte", 0, &[0, 0, 8, 3]),
];

/// Compressed files: how they begin, the endings of their names, and a command that unpacks them.
const COMPRESSED: [(&[u8], &[&str], &str); 7] = [
    (&[0x1F, 0x8B], &["gz", "tgz"], "gzip -d"),
    (b"BZh", &["bz2", "tbz2", "tbz"], "bzip2 -d"),
    (b"\xFD7zXZ\0", &["xz", "txz"], "xz -d"),
    (&[0x28, 0xB5, 0x2F, 0xFD], &["zst", "tzst"], "zstd -d"),
    (&[0x04, 0x22, 0x4D, 0x18], &["lz4"], "lz4 -d"),
    (b"LZIP", &["lz"], "lzip -d"),
    (&[0x1F, 0x9D], &["z"], "uncompress"),
];

/// The error for a file named as the kind `expected` that begins as something else; `None` if it
/// begins as that kind, or as nothing known, which the reader of the kind reports.
pub(super) fn contradicts(path: &Path, expected: &str, begin: &[u8]) -> Option<SetError> {
    let as_named = set_of(begin).is_some_and(|(_, ending)| ending == expected);
    if as_named { None } else { by_bytes(path, begin) }
}

/// The error for a file that exists and is not named as a set.
pub(super) fn refusal(path: &Path, ending: &str, begin: &[u8]) -> SetError {
    if is_image_name(path) {
        return SetError::OneImage { path: path.into() };
    }
    if let Some(look) = look_of_ending(ending) {
        return one_picture(path, look);
    }
    if let Some(kind) = foreign::of(path, begin) {
        return foreign_error(path, kind);
    }
    if let Some((.., way_out)) = COMPRESSED.iter().find(|(_, ends, _)| ends.contains(&ending)) {
        return SetError::Compressed { path: path.into(), way_out };
    }
    by_bytes(path, begin).unwrap_or_else(|| SetError::UnknownKind { path: path.into() })
}

/// The error for what a file's first bytes say.
fn by_bytes(path: &Path, begin: &[u8]) -> Option<SetError> {
    if let Some((what, ending)) = set_of(begin) {
        let dot = if ending.starts_with('-') { "" } else { "." };
        let way_out = format!("give it a name that ends in {dot}{ending}");
        return Some(other_kind(path, format!("{what} by its first bytes"), way_out));
    }
    if let Some((.., way_out)) = COMPRESSED.iter().find(|(mark, ..)| begin.starts_with(mark)) {
        return Some(SetError::Compressed { path: path.into(), way_out });
    }
    // A name without a meaning: only the bytes count.
    if let Some(kind) = foreign::of(Path::new(""), begin) {
        return Some(foreign_error(path, kind));
    }
    match look_of_bytes(begin) {
        Some(look) => Some(one_picture(path, look)),
        None => format_of(begin).map(|_| SetError::OneImage { path: path.into() }),
    }
}

fn set_of(begin: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |at: usize, mark: &[u8]| begin.get(at..).is_some_and(|it| it.starts_with(mark));
    let found = SETS.iter().find(|(_, _, at, mark)| begins(*at, mark));
    found.map(|&(what, ending, ..)| (what, ending))
}

fn foreign_error(path: &Path, kind: &foreign::Foreign) -> SetError {
    other_kind(path, format!("{}, which is not read", kind.what), kind.way_out(path))
}

/// For an image or a video of a format that is not read.
fn one_picture(path: &Path, look: &str) -> SetError {
    if let Some(format) = look.strip_suffix(" video") {
        let name = printable(path);
        let way_out = format!(
            "save its frames as images in a folder (ffmpeg -i {name} frames/%06d.png), and name that"
        );
        return other_kind(path, format!("one video ({format}), which is not read"), way_out);
    }
    let way_out = "convert such images, for example to PNG, and name the folder that holds the set";
    other_kind(path, format!("one image ({look}) of a format that is not read"), way_out.into())
}

fn other_kind(path: &Path, what: String, way_out: String) -> SetError {
    SetError::OtherKind { path: path.into(), what, way_out }
}
