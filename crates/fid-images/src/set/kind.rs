//! Which kind of set a path is, by its name.

use std::path::Path;

use super::error::SetError;
use super::folder::ImageFolder;
use super::names::{ending, is_idx_name, is_image_name};
use super::parts::Part;
use super::{archive, cifar, idx, list, numpy, tar_archive, zip_archive};
use crate::decode::Limits;
use crate::skipped::Skipped;

/// A part, the images left out of it, and its number of other entries.
pub(super) type Found = (Part, Vec<Skipped>, usize);

/// Opens the images at `path`.
pub(super) fn open(path: &Path, skip_bad: bool, limits: &Limits) -> Result<Found, SetError> {
    let array = |array| (Part::Array(array), Vec::new(), 0);
    let archive = |(archive, skipped, ignored)| (Part::Archive(archive), skipped, ignored);
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
        return idx::open(path, limits).map(array);
    }
    let compressed = |way_out| Err(SetError::Compressed { path: path.into(), way_out });
    match ending(path).as_deref() {
        Some("zip") => archive::open(path, skip_bad, zip_archive::read).map(archive),
        Some("tar") => archive::open(path, skip_bad, tar_archive::read).map(archive),
        Some("npy") => numpy::open_npy(path, limits).map(array),
        Some("npz") => numpy::open_npz(path, limits).map(array),
        Some("bin") => cifar::open(path).map(array),
        Some("txt") => listed(path, skip_bad),
        Some("gz" | "tgz") => compressed("gzip -d"),
        Some("bz2" | "tbz2") => compressed("bzip2 -d"),
        Some("xz" | "txz") => compressed("xz -d"),
        Some("zst") => compressed("zstd -d"),
        _ if !path.exists() => Err(SetError::Missing { path: path.into() }),
        _ if is_image_name(path) => Err(SetError::OneImage { path: path.into() }),
        _ => Err(SetError::UnknownKind { path: path.into() }),
    }
}

fn listed(path: &Path, skip_bad: bool) -> Result<Found, SetError> {
    let (base, files, skipped) = list::read(path, skip_bad)?;
    Ok((Part::Files { base, files }, skipped, 0))
}
