//! Taking the weights from a local file.

use std::io;
use std::path::{Path, PathBuf};

use fid_inception::weights::WeightsFormat;
use fid_inception::{WeightsError, WeightsSource};

use super::check::copy_hashed;
use super::lock::Lock;
use super::{Published, cache_folder};
use crate::new_file::NewFile;
use crate::observer::Observer;

/// A file that was not imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file holds no weights of the network.
    #[error(transparent)]
    Unusable(#[from] WeightsError),
    /// Weights of the network, but not the published file.
    #[error(
        "{} is not the published {name}: it holds the FID network as {format}, with the SHA-256\n  \
         {found}\nwhere the published file has\n  {expected}\nUse it with --weights, or import it all \
         the same with --force. Its values are comparable with published FID only if it holds the \
         same weights in another form",
        path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// Name of the manifest's entry.
        name: String,
        /// What it holds.
        format: WeightsFormat,
        /// Hash of the published file.
        expected: String,
        /// Hash of this one.
        found: String,
    },
    /// The file is not the same as a moment before.
    #[error("{} changed while it was imported; try again when it is whole", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// There is no cache folder.
    #[error("this machine names no cache folder; set FID_GPU_CACHE to a folder for the weights")]
    NoFolder,
    /// Copying failed.
    #[error(
        "cannot copy {} to {}: {cause}; make room there, or set FID_GPU_CACHE to another folder",
        path.display(), target.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// Where it should go.
        target: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

/// A file that was imported.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Imported {
    /// Where it is now.
    pub path: PathBuf,
    /// What it holds.
    pub format: WeightsFormat,
    /// Its hash.
    pub sha256: String,
    /// Whether it is the published file.
    pub published: bool,
}

/// Copies a local file into the cache folder under the published name, so that it is used where no
/// weights are named. It is loaded first, so that nothing unusable gets there. A file other than the
/// published one is taken only if `force` says so.
///
/// # Errors
///
/// [`ImportError`]; the cache folder is then as it was.
pub fn import(
    entry: &Published,
    path: &Path,
    force: bool,
    observer: &dyn Observer,
) -> Result<Imported, ImportError> {
    let target = cache_folder().ok_or(ImportError::NoFolder)?.join(&entry.file);
    let identity = fid_inception::weights::load(&WeightsSource::File(path.into()))?.identity;
    let published = identity.sha256 == entry.sha256;
    if !published && !force {
        return Err(ImportError::Other {
            path: path.into(),
            name: entry.name.clone(),
            format: identity.format,
            expected: entry.sha256.clone(),
            found: identity.sha256,
        });
    }
    let io = |cause| ImportError::Io { path: path.into(), target: target.clone(), cause };
    let _lock = Lock::acquire(&target, observer).map_err(io)?;
    let mut copy = NewFile::create(&target).map_err(io)?;
    if copy_hashed(path, &mut copy).map_err(io)? != identity.sha256 {
        return Err(ImportError::Changed { path: path.into() });
    }
    copy.commit().map_err(io)?;
    Ok(Imported { path: target, format: identity.format, sha256: identity.sha256, published })
}
