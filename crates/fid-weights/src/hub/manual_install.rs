//! Instructions for installing the published file by hand.

use std::fmt;
use std::path::PathBuf;

use super::manifest::Published;

/// Which file to put where. Errors of finding and downloading carry it, and a program shows it
/// after them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ManualInstall {
    /// Where the file is published.
    pub url: String,
    /// Its SHA-256 in lower-case hexadecimal, if known.
    pub sha256: Option<String>,
    /// Where it belongs; `None` if this machine has no cache folder.
    pub path: Option<PathBuf>,
}

impl ManualInstall {
    /// Instructions for the file of an entry in a folder.
    pub(super) fn new(entry: &Published, folder: Option<PathBuf>) -> Self {
        let path = folder.map(|folder| folder.join(&*entry.file));
        Self {
            url: entry.url.to_string(),
            sha256: entry.sha256.as_ref().map(ToString::to_string),
            path,
        }
    }
}

impl fmt::Display for ManualInstall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, sha256, path } = self;
        write!(f, "By hand: get\n  {url}\n")?;
        if let Some(sha256) = sha256 {
            write!(f, "with the SHA-256\n  {sha256}\n")?;
        }
        write!(f, "on any machine")?;
        if let Some(path) = path {
            write!(f, " and put it at\n  {}", path.display())?;
        }
        Ok(())
    }
}
