//! The note about images that were skipped, and paths in JSON.

use std::path::Path;

use fid_images::{Skipped, printable};
use serde::Serializer;

/// Number of files that a note names.
const SHOWN: usize = 3;

/// Serializes a path as JSON, which is Unicode: other bytes become `�`.
pub(crate) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// A note that counts the skipped ones of `listed` files and names the first few; `None` if no file
/// was skipped.
pub(crate) fn note(skipped: &[Skipped], listed: usize) -> Option<String> {
    if skipped.is_empty() {
        return None;
    }
    let first = skipped.iter().take(SHOWN);
    let first = first.map(|file| format!("{} ({})", printable(&file.path), file.reason));
    let more = match skipped.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more, which the JSON report lists"),
    };
    let (count, first) = (skipped.len(), first.collect::<Vec<_>>().join("; "));
    Some(format!(
        "{count} of {listed} files were left out, since they cannot be read: {first}{more}"
    ))
}
