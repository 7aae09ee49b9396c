//! The way out where the program cannot get the weights by itself.

use std::fmt;
use std::path::PathBuf;

use super::Published;

/// Which file to put where, as the end of an error message.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// Where the file is published.
    pub url: String,
    /// Its hash.
    pub sha256: String,
    /// Where it belongs; none where this machine has no cache folder.
    pub path: Option<PathBuf>,
}

impl ByHand {
    /// What to do to have the file of an entry in a folder.
    pub(super) fn new(entry: &Published, folder: Option<PathBuf>) -> Self {
        let path = folder.map(|folder| folder.join(&entry.file));
        Self { url: entry.url.clone(), sha256: entry.sha256.clone(), path }
    }
}

impl fmt::Display for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, sha256, path } = self;
        write!(f, "By hand: get\n  {url}\nwith the SHA-256\n  {sha256}\n")?;
        match path {
            Some(path) => write!(
                f,
                "on any machine and put it at\n  {}\nor pass it with --weights FILE",
                path.display()
            )?,
            None => write!(f, "on any machine and pass it with --weights FILE")?,
        }
        write!(
            f,
            ", as also an ONNX or safetensors file of the same network.\nTo try the program without \
             it, --weights seeded draws random weights; their values are not comparable with \
             published FID"
        )
    }
}
