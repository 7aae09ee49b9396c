//! Which names are those of images.

use std::path::{Path, PathBuf};

/// Endings of the files that count as images, in any case.
pub const EXTENSIONS: &[&str] =
    &["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "pnm", "pgm", "ppm", "pbm"];

/// What macOS adds to the archives that it writes.
const MAC_FOLDER: &[u8] = b"__MACOSX";

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

pub(super) fn is_image_name(path: &Path) -> bool {
    ending(path).is_some_and(|ending| EXTENSIONS.contains(&ending.as_str()))
}

/// What follows the last dot of a file's name, in lower case.
pub(super) fn ending(path: &Path) -> Option<String> {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase())
}

/// Whether a member of an archive would be taken if its archive were a folder.
pub(super) fn is_image_member(name: &[u8]) -> bool {
    let passed_over = |part: &[u8]| {
        part == MAC_FOLDER || (part.starts_with(b".") && !matches!(part, b"." | b".."))
    };
    is_image_name(Path::new(&*String::from_utf8_lossy(name)))
        && !name.split(|&byte| byte == b'/').any(passed_over)
}

/// A member's path as it is told: names come from the archive, and a terminal acts on some bytes.
pub(super) fn member_path(archive: &Path, name: &[u8]) -> PathBuf {
    let name = String::from_utf8_lossy(name);
    let safe = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    // Not `join`, which an absolute name would replace.
    let mut path = archive.as_os_str().to_owned();
    path.push("/");
    path.push(name.chars().map(safe).collect::<String>());
    path.into()
}
