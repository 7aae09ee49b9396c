//! Importing the weights from a local file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::locate::cache_folder;
use super::lock::Lock;
use super::manifest::Published;
use super::progress::Progress;
use super::verify::{record, recorded};
use crate::atomic_file::AtomicFile;
use crate::error::WeightsError;
use crate::file::WeightsFile;
use crate::identity::WeightsFormat;
use crate::vit::{VitFile, VitSpec};

/// A file that was not imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file holds no weights of the network.
    #[error(transparent)]
    Unusable(#[from] WeightsError),
    /// The file holds weights of the network, but is not the published file.
    #[error(
        "{} is not the published {name}: it holds the network as {format}, with the SHA-256\n  \
         {found}\ninstead of\n  {expected}\nIts values are comparable with published ones only if it \
         holds the same weights in another form",
        path.display()
    )]
    NotPublished {
        /// The file.
        path: PathBuf,
        /// Name of the published weights.
        name: String,
        /// Format of this file.
        format: WeightsFormat,
        /// Hash of the published file, lower-case hexadecimal.
        expected: String,
        /// Hash of this one.
        found: String,
    },
    /// The file keeps its weights in other files, and the cache folder holds one.
    #[error(
        "{} keeps weights in other files; export it to one file first, and import that",
        path.display()
    )]
    SeveralFiles {
        /// The file.
        path: PathBuf,
    },
    /// There is no cache folder.
    #[error("this machine names no cache folder; set FID_GPU_CACHE to a folder for the weights")]
    NoFolder,
    /// Writing failed.
    #[error(
        "cannot copy {} to {}; make room there, or set FID_GPU_CACHE to another folder",
        path.display(), target.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The copy.
        target: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
}

/// A file that was imported.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// The copy in the cache folder.
    pub path: PathBuf,
    /// Its format.
    pub format: WeightsFormat,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Whether it is the published file.
    pub published: bool,
}

/// Copies a local file into the cache folder under the published name, so that it becomes the
/// default of the entry's network. The file is loaded first, so that nothing unusable gets there. A
/// file other than the published one is imported only with `force`; if no hash is published, that
/// of the first file is recorded and stands for it.
///
/// # Errors
///
/// [`ImportError`]; the cache folder then stays as it was.
pub fn import(
    entry: &Published,
    path: &Path,
    force: bool,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let target = cache_folder().ok_or(ImportError::NoFolder)?.join(&*entry.file);
    let io = |cause| ImportError::Io { path: path.into(), target: target.clone(), cause };
    let (inception, transformer);
    let (identity, content) = if let Some(spec) = VitSpec::named(&entry.name) {
        transformer = VitFile::open(spec, path)?;
        transformer.load()?;
        (transformer.identity().clone(), transformer.content())
    } else {
        inception = WeightsFile::open(path)?;
        if inception.has_data_files() {
            return Err(ImportError::SeveralFiles { path: path.into() });
        }
        inception.load()?;
        (inception.identity().clone(), inception.content())
    };
    let published = entry.sha256.as_deref() == Some(&*identity.sha256);
    let expected = match &entry.sha256 {
        Some(sha256) => Some(sha256.to_string()),
        None => recorded(&target).map_err(io)?,
    };
    if let Some(expected) = expected.filter(|expected| *expected != identity.sha256 && !force) {
        return Err(ImportError::NotPublished {
            path: path.into(),
            name: entry.name.to_string(),
            format: identity.format,
            expected,
            found: identity.sha256,
        });
    }
    let _lock = Lock::acquire(&target, progress).map_err(io)?;
    let mut copy = AtomicFile::create(&target).map_err(io)?;
    copy.write_all(content).map_err(io)?;
    copy.commit().map_err(io)?;
    if entry.sha256.is_none() {
        record(&target, &identity.sha256).map_err(io)?;
    }
    Ok(Imported { path: target, format: identity.format, sha256: identity.sha256, published })
}
