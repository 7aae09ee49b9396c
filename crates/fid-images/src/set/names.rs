//! Names of images and of sets.

use std::path::{Path, PathBuf};

use super::passed_over::is_passed_over;
use crate::printable::printable;

/// Endings of the files that count as images, in lower case. Names are compared in any case.
pub const EXTENSIONS: &[&str] = &[
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "mpo", "webp", "bmp", "dib", "gif", "tif", "tiff",
    "pnm", "pbm", "pgm", "ppm", "pfm",
];

/// What a member of an archive is by its name.
pub(super) enum MemberName {
    Image,
    /// It is, or lies in, what this name stands for.
    PassedOver(String),
    Other,
}

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

pub(super) fn is_image_name(path: &Path) -> bool {
    ending(path).is_some_and(|ending| EXTENSIONS.contains(&ending.as_str()))
}

/// Whether a file is named as a set that can be opened by itself.
pub(super) fn is_set_name(path: &Path) -> bool {
    let known = |ending: &str| matches!(ending, "zip" | "tar" | "npy" | "npz" | "bin");
    is_idx_name(path) || table_kind(path).is_some() || ending(path).as_deref().is_some_and(known)
}

/// Formats of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableKind {
    Arrow,
    Parquet,
}

impl TableKind {
    /// The usual ending of their names.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
        }
    }
}

/// The format of table that a file is named as.
pub(super) fn table_kind(path: &Path) -> Option<TableKind> {
    match ending(path)?.as_str() {
        "arrow" | "feather" => Some(TableKind::Arrow),
        "parquet" | "pq" => Some(TableKind::Parquet),
        _ => None,
    }
}

/// Whether a file is named as the IDX files of MNIST are, compressed or not.
pub(super) fn is_idx_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with("-ubyte")
}

/// The part of a file's name behind the last dot, in lower case.
pub(super) fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase())
}

/// What a member of an archive would be if its archive were a folder.
pub(super) fn member_name(name: &str) -> MemberName {
    let mut parts = name.split('/').peekable();
    while let Some(part) = parts.next() {
        if is_passed_over(part, parts.peek().is_some()) {
            return MemberName::PassedOver(part.into());
        }
    }
    let name = Path::new(name);
    if is_image_name(name) && !is_hidden(name) { MemberName::Image } else { MemberName::Other }
}

/// A member's path in messages. Control characters are escaped: names come from the archive, and a
/// terminal would act on them.
pub(super) fn member_path(archive: &Path, name: &[u8]) -> PathBuf {
    // Not `join`, which an absolute name would replace.
    let mut path = archive.as_os_str().to_owned();
    path.push("/");
    path.push(printable(&*String::from_utf8_lossy(name)));
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_members_are_safe_to_print() {
        let hostile = member_path(Path::new("a.zip"), b"/etc/\x1b[31m\xff\n.png");
        assert_eq!(hostile, Path::new("a.zip//etc/\\u{1b}[31m\u{fffd}\\n.png"));
    }
}
