//! A file of weights of a vision transformer, identified before it is parsed.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::loaded::LoadedVit;
use super::read::read;
use super::spec::VitSpec;
use crate::error::WeightsError;
use crate::format::{FileProblem, recognise_any};
use crate::identity::{WeightsIdentity, hex};
use crate::mapped::MappedFile;

/// A weights file, identified and not yet parsed.
///
/// It may have gigabytes, so it is mapped and not kept in memory. It must not change until it is
/// loaded.
#[derive(Debug)]
pub struct VitFile {
    spec: &'static VitSpec,
    path: PathBuf,
    content: MappedFile,
    metadata: Metadata,
    identity: WeightsIdentity,
}

impl VitFile {
    /// Recognises and hashes a file.
    ///
    /// # Errors
    /// If the file cannot be read, is longer than any network's, or if its format is
    /// unknown.
    pub fn open(spec: &'static VitSpec, path: &Path) -> Result<Self, WeightsError> {
        let io = |cause| WeightsError::Io { file: path.into(), cause };
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(io(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")));
        }
        let refused = |problem| WeightsError::refused(path, problem);
        let (found, limit) = (metadata.len(), VitSpec::longest_file());
        if found > limit {
            return Err(refused(FileProblem::TooLarge { what: "content", found, limit }));
        }
        let content = MappedFile::open(path).map_err(io)?;
        let format = recognise_any(&content).map_err(refused)?;
        // Read, as mapped pages would count as memory of this process.
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash).map_err(io)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let identity = WeightsIdentity { name, sha256: hex(hash.finalize()), format };
        Ok(Self { spec, path: path.into(), content, metadata, identity })
    }

    /// Name, hash and format of the file.
    pub fn identity(&self) -> &WeightsIdentity {
        &self.identity
    }

    /// The bytes of the file.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Parses, checks and folds the content.
    ///
    /// # Errors
    /// [`WeightsError::File`], see [`super::load()`]; [`WeightsError::Io`] also if the file has
    /// changed since it was hashed.
    pub fn load(&self) -> Result<LoadedVit, WeightsError> {
        let weights = read(self.spec, &self.content, self.identity.format)
            .map_err(|problem| WeightsError::refused(&self.path, problem))?;
        let io = |cause| WeightsError::Io { file: self.path.clone(), cause };
        let now = self.path.metadata().map_err(io)?;
        let stamp = |of: &Metadata| Ok::<_, io::Error>((of.len(), of.modified()?));
        if stamp(&now).map_err(io)? != stamp(&self.metadata).map_err(io)? {
            return Err(io(io::Error::other("it changed while it was read")));
        }
        Ok(LoadedVit { weights, identity: self.identity.clone() })
    }
}
