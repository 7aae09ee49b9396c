//! Which kind of source a path is, by its name.

use std::path::{Path, PathBuf};

use super::archive::{self, Archive};
use super::array::Array;
use super::names::{ending, is_image_name};
use super::{ImageFolder, SourceError, cifar, idx, list, npy, tar, zip};
use crate::Skipped;

/// Images that lie in one place.
#[derive(Debug)]
pub(super) enum Part {
    /// Files below a folder.
    Files { base: PathBuf, files: Vec<PathBuf> },
    /// Members of an archive.
    Archive(Archive),
    /// Images without a format.
    Array(Array),
}

/// A part, what was left out of it, and how many entries are no images.
pub(super) type Found = (Part, Vec<Skipped>, usize);

/// Opens what is at `path`.
pub(super) fn open(path: &Path, skip_bad: bool) -> Result<Found, SourceError> {
    let array = |array| (Part::Array(array), Vec::new(), 0);
    if path.is_dir() {
        let folder = ImageFolder::open_with(path, true, skip_bad)?;
        let ignored = folder.ignored();
        let (files, skipped) = folder.into_parts();
        return Ok((Part::Files { base: path.into(), files }, skipped, ignored));
    }
    if path == Path::new(list::STANDARD_INPUT) {
        return listed(path, skip_bad);
    }
    if is_idx_name(path) {
        return idx::open(path).map(array);
    }
    let compressed = |way_out| Err(SourceError::Compressed { path: path.into(), way_out });
    match ending(path).as_deref() {
        Some("zip") => archive::list(path, skip_bad, zip::read),
        Some("tar") => archive::list(path, skip_bad, tar::read),
        Some("npy") => npy::open_npy(path).map(array),
        Some("npz") => npy::open_npz(path).map(array),
        Some("bin") => cifar::open(path).map(array),
        Some("txt") => listed(path, skip_bad),
        Some("gz" | "tgz") => compressed("gzip -d"),
        Some("bz2" | "tbz2") => compressed("bzip2 -d"),
        Some("xz" | "txz") => compressed("xz -d"),
        Some("zst") => compressed("zstd -d"),
        _ if !path.exists() => Err(SourceError::Missing { path: path.into() }),
        _ if is_image_name(path) => Err(SourceError::OneImage { path: path.into() }),
        _ => Err(SourceError::UnknownKind { path: path.into() }),
    }
}

/// Whether a file is named as a set that can be opened by itself.
pub(super) fn is_set_name(path: &Path) -> bool {
    let known = |ending: &str| matches!(ending, "zip" | "tar" | "npy" | "npz" | "bin");
    is_idx_name(path) || ending(path).as_deref().is_some_and(known)
}

fn is_idx_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with("-ubyte")
}

fn listed(path: &Path, skip_bad: bool) -> Result<Found, SourceError> {
    let (base, files, skipped) = list::read(path, skip_bad)?;
    Ok((Part::Files { base, files }, skipped, 0))
}

impl Part {
    /// The number of images.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Files { files, .. } => files.len(),
            Self::Archive(archive) => archive.members.len(),
            Self::Array(array) => array.count,
        }
    }
}
