//! The notes about what a set of images leaves out, and the refusal to leave out what looks like an
//! image.

use std::path::Path;

use fid_images::set::{ImageSet, Unread};

use crate::Error;
use crate::observer::Side;

/// Names that a note lists.
const SHOWN: usize = 5;

/// A line for files that look like images and are not read, and one for thumbnails and bins.
pub(crate) fn notes(images: &ImageSet) -> Vec<String> {
    let unread = Unread::sentence(images.unread());
    let passed_over = passed_over(images).unwrap_or_default();
    [unread, passed_over].into_iter().filter(|line| !line.is_empty()).collect()
}

/// The same as remarks about a side.
pub(crate) fn remarks(side: &str, images: Option<&ImageSet>) -> Vec<String> {
    let lines = images.map(notes).unwrap_or_default();
    lines.into_iter().map(|line| format!("Of the {side} set, {line}.")).collect()
}

fn passed_over(images: &ImageSet) -> Option<String> {
    let count: usize = images.passed_over().map(|(_, count)| count).sum();
    let names = images.passed_over().map(|(name, _)| fid_images::printable(name));
    let mut names = names.collect::<Vec<_>>();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let more = if more > 0 { format!(" and {more} more names") } else { String::new() };
    let entries = if count == 1 { "entry" } else { "entries" };
    (count > 0).then(|| {
        let names = names.join(", ");
        format!(
            "{count} {entries} passed over as thumbnails, bins or hidden folders: {names}{more}"
        )
    })
}

/// Names of thumbnails, bins and hidden folders.
pub(crate) fn passed_over_names(images: &ImageSet) -> Vec<String> {
    images.passed_over().map(|(name, _)| name.to_owned()).collect()
}

/// Refuses a set that leaves out files that look like images, if the run is `strict`.
pub(crate) fn require_none(
    side: Side,
    path: &Path,
    images: &ImageSet,
    strict: bool,
) -> Result<(), Error> {
    let unread = images.unread();
    if !strict || unread.is_empty() {
        return Ok(());
    }
    Err(Error::Unread { side, path: path.into(), unread: unread.to_vec() })
}
