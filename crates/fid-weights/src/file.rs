//! A file of weights, identified before it is parsed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;
use crate::error::WeightsError;
use crate::format::{self, FileProblem, MAX_FILE};
use crate::identity::{WeightsIdentity, hex};
use crate::loaded::LoadedWeights;

/// The content of a weights file, identified and not yet parsed.
///
/// The file is read once: the hash and the weights are of the same bytes, whatever happens to the
/// file meanwhile.
pub struct WeightsFile {
    path: PathBuf,
    content: Bytes,
    identity: WeightsIdentity,
}

impl WeightsFile {
    /// Reads and hashes a file.
    ///
    /// # Errors
    /// If the file cannot be read, is longer than 160 MiB, or is of an unknown format.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let content = read(path)
            .map_err(|cause| WeightsError::Io { file: path.into(), cause })?
            .map_err(|problem| refused(path, problem))?;
        let format = format::recognise(&content).map_err(|problem| refused(path, problem))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let identity = WeightsIdentity { name, sha256: hex(Sha256::digest(&content)), format };
        Ok(Self { path: path.into(), content: content.into(), identity })
    }

    /// Name, hash and format of the file.
    pub fn identity(&self) -> &WeightsIdentity {
        &self.identity
    }

    /// The bytes of the file.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Parses and checks the content: parameters as the file holds them, not yet folded.
    ///
    /// # Errors
    /// [`WeightsError::File`], see [`crate::load`].
    pub fn read(&self) -> Result<Checkpoint, WeightsError> {
        let checkpoint = format::parse(&self.content, self.identity.format);
        checkpoint.map_err(|problem| refused(&self.path, problem))
    }

    /// [`Self::read`], folded.
    ///
    /// # Errors
    /// [`WeightsError::File`], see [`crate::load`].
    pub fn load(&self) -> Result<LoadedWeights, WeightsError> {
        LoadedWeights::fold(self.read()?, self.identity.clone())
            .map_err(|problem| refused(&self.path, problem))
    }
}

fn refused(path: &Path, problem: FileProblem) -> WeightsError {
    WeightsError::File { file: path.into(), problem }
}

/// The content of a file, unless it is longer than any weights.
fn read(path: &Path) -> io::Result<Result<Vec<u8>, FileProblem>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    read_limited(file, length, MAX_FILE)
}

/// Reads to the end, or until `limit` is passed: the length that the system states for a file may
/// change, and is 0 for pipes and devices.
fn read_limited(
    file: impl Read,
    length: u64,
    limit: u64,
) -> io::Result<Result<Vec<u8>, FileProblem>> {
    let too_large = |found| Ok(Err(FileProblem::TooLarge { what: "content", found, limit }));
    if length > limit {
        return too_large(length);
    }
    // One byte more shows the end without growing.
    let mut content = Vec::with_capacity(length as usize + 1);
    file.take(limit + 1).read_to_end(&mut content)?;
    match content.len() as u64 {
        found if found > limit => too_large(found),
        _ => Ok(Ok(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_longer_than_it_says_is_refused_within_the_limit() {
        let read = |length| read_limited(io::repeat(7), length, 1000).unwrap();
        for (length, expected) in [(0, 1001), (1000, 1001), (5000, 5000)] {
            let problem = read(length).unwrap_err();
            assert!(matches!(problem, FileProblem::TooLarge { found, .. } if found == expected));
        }
        let whole = read_limited(&[7; 1000][..], 10, 1000).unwrap();
        assert_eq!(whole.unwrap(), [7; 1000]);
    }

    #[test]
    fn a_file_that_changes_after_it_was_hashed_gives_the_weights_that_were_hashed() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.child("weights.safetensors");
        let seeded = |seed| crate::load::load(&crate::source::WeightsSource::Seeded(seed)).unwrap();
        let [first, second] = [0, 1].map(seeded);
        std::fs::write(&path, first.to_safetensors().unwrap()).unwrap();
        let file = WeightsFile::open(&path).unwrap();
        // In place: the same file, of the same length.
        std::fs::write(&path, second.to_safetensors().unwrap()).unwrap();
        let weights = file.load().unwrap().weights;
        assert!(weights.convs[0].weight == first.weights.convs[0].weight);
    }
}
