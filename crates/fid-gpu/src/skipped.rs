//! What a run left out, where it was told to go on without bad files.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// Names shown in a note.
const SHOWN: usize = 3;

/// A file that is no image or cannot be read, and was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The file.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

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
