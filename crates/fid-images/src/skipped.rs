//! Images that were left out of a set.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

/// An image that cannot be used and was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The image's path; `archive.zip/name` for a member of an archive.
    #[serde(serialize_with = "lossy_path")]
    pub path: PathBuf,
    /// Why it cannot be read, as a phrase.
    pub reason: String,
}

impl Skipped {
    /// The image at `path`, left out because of `reason`.
    pub fn new(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

/// JSON is Unicode: bytes of a path that are not show as `�`.
pub(crate) fn lossy_path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
