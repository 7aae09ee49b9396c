//! The note about images that were skipped, and paths in JSON.

use std::path::Path;

use fid_images::Skipped;
use serde::Serializer;

/// Names shown in a note.
const SHOWN: usize = 3;

/// Serializes a path. JSON is Unicode: bytes that are not become `�`.
pub(crate) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// How many of `listed` files were skipped, with the first few; `None` if no file was.
pub(crate) fn note(skipped: &[Skipped], listed: usize) -> Option<String> {
    if skipped.is_empty() {
        return None;
    }
    let first = skipped.iter().take(SHOWN);
    let first = first.map(|file| format!("{} ({})", file.path.display(), file.reason));
    let more = match skipped.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more, which the JSON report lists"),
    };
    let (count, first) = (skipped.len(), first.collect::<Vec<_>>().join("; "));
    Some(format!(
        "{count} of {listed} files were left out, since they cannot be read: {first}{more}"
    ))
}
