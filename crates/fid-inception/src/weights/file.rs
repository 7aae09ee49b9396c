//! A file of weights, identified before it is parsed.

use std::path::{Path, PathBuf};

use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use super::identity::hex;
use super::load::{folded, format, parse};
use super::{Checkpoint, FileProblem, LoadedWeights, WeightsError, WeightsIdentity};
use crate::MappedFile;

/// A weights file that is open and identified, and not yet parsed.
pub struct WeightsFile {
    path: PathBuf,
    bytes: Bytes,
    identity: WeightsIdentity,
}

impl WeightsFile {
    /// Opens and hashes a file.
    ///
    /// # Errors
    /// Where it cannot be read, is too long, or starts like none of the formats.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let file = MappedFile::open(path);
        let file = file.map_err(|cause| WeightsError::Io { file: path.into(), cause })?;
        let bytes = Bytes::from_owner(file);
        let format = format(&bytes).map_err(|problem| refused(path, problem))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let identity = WeightsIdentity { name, sha256: hex(Sha256::digest(&bytes)), format };
        Ok(Self { path: path.into(), bytes, identity })
    }

    /// Which weights they are, if they are any.
    pub fn identity(&self) -> &WeightsIdentity {
        &self.identity
    }

    /// Parses and checks the same bytes: parameters as the file holds them, not yet folded.
    ///
    /// # Errors
    /// As [`super::load`].
    pub fn read(self) -> Result<(Checkpoint, WeightsIdentity), WeightsError> {
        match parse(&self.bytes) {
            Ok((checkpoint, _)) => Ok((checkpoint, self.identity)),
            Err(problem) => Err(refused(&self.path, problem)),
        }
    }

    /// As [`Self::read`], and folds them.
    ///
    /// # Errors
    /// As [`super::load`].
    pub fn load(self) -> Result<LoadedWeights, WeightsError> {
        let path = self.path.clone();
        let (checkpoint, identity) = self.read()?;
        let weights = folded(checkpoint).map_err(|problem| refused(&path, problem))?;
        Ok(LoadedWeights { weights, identity })
    }
}

fn refused(path: &Path, problem: FileProblem) -> WeightsError {
    WeightsError::File { file: path.into(), problem }
}
