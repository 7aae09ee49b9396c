//! A file of weights, identified before it is parsed.

use std::fs::File;
use std::path::{Path, PathBuf};

use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use super::identity::hex;
use super::load::{folded, format, map, parse};
use super::{LoadedWeights, WeightsError, WeightsIdentity};

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
        let file = File::open(path).and_then(|file| map(&file));
        let file = file.map_err(|cause| WeightsError::Io { file: path.into(), cause })?;
        let bytes = Bytes::from_owner(file);
        let format =
            format(&bytes).map_err(|problem| WeightsError::File { file: path.into(), problem })?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let identity = WeightsIdentity { name, sha256: hex(Sha256::digest(&bytes)), format };
        Ok(Self { path: path.into(), bytes, identity })
    }

    /// Which weights they are, if they are any.
    pub fn identity(&self) -> &WeightsIdentity {
        &self.identity
    }

    /// Parses, checks and folds the same bytes.
    ///
    /// # Errors
    /// As [`super::load`].
    pub fn load(self) -> Result<LoadedWeights, WeightsError> {
        let Self { path, bytes, identity } = self;
        let weights = parse(&bytes).and_then(|(checkpoint, _)| folded(checkpoint));
        let weights = weights.map_err(|problem| WeightsError::File { file: path, problem })?;
        Ok(LoadedWeights { weights, identity })
    }
}
