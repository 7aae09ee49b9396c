//! The note about images that were left out.

use std::path::Path;

use fid_images::Skipped;
use serde::Serializer;

/// Names shown in a note.
const SHOWN: usize = 3;

/// A path in JSON, which is Unicode: what is not shows as `�`.
pub(crate) fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// How many of `listed` files were left out, and the first of them; none if none was.
pub(crate) fn note(skipped: &[Skipped], listed: usize) -> Option<String> {
    if skipped.is_empty() {
        return None;
    }
    let first = skipped.iter().take(SHOWN);
    let first = first.map(|file| format!("{} ({})", file.path.display(), file.reason));
    let more = match skipped.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more, which --json lists"),
    };
    let (count, first) = (skipped.len(), first.collect::<Vec<_>>().join("; "));
    Some(format!("{count} of {listed} files were left out, as --skip-bad says: {first}{more}"))
}
