//! Zip archives of images.

use std::io::BufReader;
use std::path::Path;

use zip::CompressionMethod;
use zip::ZipArchive;
use zip::read::ZipFileEntry;
use zip::result::ZipError;

use super::archive::{Listing, Member, Packing};
use super::{Cursor, SourceError};
use crate::stats_file::Limited;

/// The longest directory that is read of an archive of images, in bytes: that of a million.
const MAX_DIRECTORY: u64 = 128 << 20;

/// Bytes that one byte can unpack to: the limit of the format of deflate.
pub(super) const MAX_RATIO: u64 = 1032;

/// Lists the images of an archive.
pub(super) fn read(listing: &mut Listing<'_>, file: &Cursor) -> Result<(), SourceError> {
    for_each(listing.path, file, MAX_DIRECTORY, |entry| {
        if entry.is_dir() {
            return Ok(());
        }
        listing.add(entry.name_raw(), |name| member(entry, name))
    })
}

/// Goes through the directory of an archive, which may take `limit` bytes.
pub(super) fn for_each(
    path: &Path,
    file: &Cursor,
    limit: u64,
    mut visit: impl FnMut(&ZipFileEntry) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let wrong =
        |cause: String| SourceError::Archive { path: path.into(), kind: "zip archive", cause };
    let fail = |error: ZipError| wrong(error.to_string());
    let reader = BufReader::new(file.clone());
    let (limited, _limit) = Limited::new(reader, limit, "its directory is too long");
    let archive = ZipArchive::new(limited).map_err(fail)?;
    if archive.has_duplicate_names() {
        return Err(wrong("two members have the same name".into()));
    }
    for index in 0..archive.len() {
        visit(&archive.by_index_data(index).map_err(fail)?)?;
    }
    Ok(())
}

/// Where a member lies, or why it cannot be read.
pub(super) fn member(entry: &ZipFileEntry, name: Box<[u8]>) -> Result<Member, String> {
    if entry.encrypted() {
        return Err("is encrypted: pack the archive again without a password".into());
    }
    if entry.is_symlink() {
        return Err("is a link, of which an archive holds no image: pack what it leads to".into());
    }
    let deflated = match entry.compression() {
        CompressionMethod::Stored => false,
        CompressionMethod::Deflated => true,
        other => {
            let other = other.to_string().to_lowercase();
            return Err(format!(
                "is compressed by {other}, which is not read: pack the archive again, stored or \
                 deflated"
            ));
        }
    };
    let (stored, size) = (entry.compressed_size(), entry.size());
    let most = if deflated { stored.saturating_mul(MAX_RATIO) } else { stored };
    if size > most {
        return Err(format!(
            "says it has {size} bytes, which the {stored} in the archive cannot be: it is damaged \
             or forged, pack the archive again"
        ));
    }
    Ok(Member {
        name,
        start: entry.header_start(),
        stored,
        size,
        packing: Packing::Zip { deflated, crc: entry.crc32() },
    })
}
