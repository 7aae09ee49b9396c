//! Which kind of set a path is, by its name.

use std::path::Path;

use super::error::SetError;
use super::folder::ImageFolder;
use super::left_out::{LeftOut, begin_of};
use super::names::{TableKind, ending, is_idx_name, table_kind};
use super::parts::Part;
use super::table_set::TableSet;
use super::{archive, cifar, content, idx, list, numpy, tar_archive, zip_archive};
use crate::decode::Limits;
use crate::table::Table;

/// A part, and what was left out of it.
pub(super) type Found = (Part, LeftOut);

/// Opens the images at `path`.
pub(super) fn open(path: &Path, skip_bad: bool, limits: &Limits) -> Result<Found, SetError> {
    let array = |array| (Part::Array(array), LeftOut::default());
    let archive = |(archive, left_out)| (Part::Archive(archive), left_out);
    if path.is_dir() {
        let (files, left_out) = ImageFolder::open_with(path, true, skip_bad)?.into_parts();
        return Ok((Part::Files { base: path.into(), files }, left_out));
    }
    if path == Path::new(list::STANDARD_INPUT) {
        return listed(path, skip_bad);
    }
    if is_idx_name(path) {
        return idx::open(path, limits).map(array);
    }
    let ending = ending(path).unwrap_or_default();
    let table_kind = table_kind(path);
    let begin = begin_of(path);
    let expected = match table_kind {
        Some(table_kind) => table_kind.ending(),
        None if ending == "npz" => "zip",
        None => &ending,
    };
    if (table_kind.is_some() || matches!(expected, "zip" | "tar" | "npy"))
        && let Some(error) = content::contradicts(path, expected, &begin)
    {
        return Err(error);
    }
    match table_kind {
        Some(TableKind::Arrow) => return TableSet::open(path, Table::arrow).map(table),
        Some(TableKind::Parquet) => return parquet(path).map(table),
        None => {}
    }
    match &*ending {
        "zip" => archive::open(path, skip_bad, zip_archive::read).map(archive),
        "tar" => archive::open(path, skip_bad, tar_archive::read).map(archive),
        "npy" => numpy::open_npy(path, limits).map(array),
        "npz" => numpy::open_npz(path, limits).map(array),
        "bin" => cifar::open(path).map(array),
        "txt" => listed(path, skip_bad),
        _ if !path.exists() => Err(SetError::missing(path)),
        _ => Err(content::refusal(path, &ending, &begin)),
    }
}

fn table(table: TableSet) -> Found {
    (Part::Table(Box::new(table)), LeftOut::default())
}

#[cfg(feature = "parquet")]
fn parquet(path: &Path) -> Result<TableSet, SetError> {
    TableSet::open(path, Table::parquet)
}

#[cfg(not(feature = "parquet"))]
fn parquet(path: &Path) -> Result<TableSet, SetError> {
    Err(SetError::OtherKind {
        path: path.into(),
        what: "a Parquet table, and this program was built without their reader".into(),
        way_out: "build with the feature `parquet` of fid-images".into(),
    })
}

fn listed(path: &Path, skip_bad: bool) -> Result<Found, SetError> {
    let (base, files, skipped) = list::read(path, skip_bad)?;
    Ok((Part::Files { base, files }, LeftOut::of_skipped(skipped)))
}
