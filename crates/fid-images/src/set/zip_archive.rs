//! Zip archives of images.

use std::io::BufReader;
use std::path::Path;

use super::archive::{Listing, Packing};
use super::error::{ArchiveProblem, SetError};
use crate::shared_file::SharedFile;
use crate::zip::{Directory, Entry};

/// The longest directory that is read of an archive of images, in bytes: a million entries.
const MAX_DIRECTORY: u64 = 128 << 20;

/// Lists the images of an archive.
pub(super) fn read(listing: &mut Listing<'_>) -> Result<(), SetError> {
    for_each(listing.path, listing.file, MAX_DIRECTORY, |entry| {
        if entry.is_folder {
            return Ok(());
        }
        let packing = entry.member.map(Packing::Zip).map_err(|problem| problem.to_string());
        listing.add(&entry.name, || packing)
    })
}

/// Visits the entries of an archive, whose directory may take `limit` bytes.
pub(super) fn for_each(
    path: &Path,
    file: &SharedFile,
    limit: u64,
    mut visit: impl FnMut(Entry) -> Result<(), SetError>,
) -> Result<(), SetError> {
    let wrong = |source: ArchiveProblem| SetError::Archive {
        path: path.into(),
        kind: "zip archive",
        source,
    };
    let reader = BufReader::new(file.clone());
    let directory = Directory::read(reader, limit).map_err(|error| wrong(error.into()))?;
    if directory.has_duplicate_names() {
        return Err(wrong(ArchiveProblem::Inconsistent("two members have the same name")));
    }
    directory.entries().try_for_each(|entry| visit(entry.map_err(|error| wrong(error.into()))?))
}
