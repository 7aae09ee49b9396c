//! A file of weights, identified before it is parsed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;
use crate::error::WeightsError;
use crate::external;
use crate::format::{self, DataFiles, FileProblem, MAX_FILE, onnx};
use crate::identity::{WeightsFormat, WeightsIdentity, hex};
use crate::limited::read_limited;
use crate::loaded::LoadedWeights;

/// The content of a weights file, identified and not yet parsed.
///
/// The file is read once, and so are the data files of an ONNX graph: the hash and the weights are
/// of the same bytes, whatever happens to the files meanwhile.
pub struct WeightsFile {
    path: PathBuf,
    content: Bytes,
    data: DataFiles,
    identity: WeightsIdentity,
}

impl WeightsFile {
    /// Reads and hashes a file, and the files beside it in which an ONNX graph keeps its weights.
    ///
    /// # Errors
    /// If a file cannot be read or is outside the folder, if all together are longer than 200 MiB, or
    /// if the format is unknown.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let content = read(path)
            .map_err(|cause| WeightsError::Io { file: path.into(), cause })?
            .map_err(|problem| WeightsError::refused(path, problem))?;
        let content = Bytes::from(content);
        let format =
            format::recognise(&content).map_err(|problem| WeightsError::refused(path, problem))?;
        let mut data = DataFiles::new();
        if format == WeightsFormat::Onnx {
            let locations = onnx::data_files(content.clone());
            let locations = locations.map_err(|problem| WeightsError::refused(path, problem))?;
            data = external::read(path, locations, content.len())?;
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut hash = Sha256::new_with_prefix(&content);
        data.values().for_each(|file| hash.update(file));
        let identity = WeightsIdentity { name, sha256: hex(hash.finalize()), format };
        Ok(Self { path: path.into(), content, data, identity })
    }

    /// Name, hash and format of the file.
    pub fn identity(&self) -> &WeightsIdentity {
        &self.identity
    }

    /// The bytes of the file.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Whether the file is an ONNX graph that keeps weights in other files.
    pub fn has_data_files(&self) -> bool {
        !self.data.is_empty()
    }

    /// Parses and checks the content: parameters as the file holds them, not yet folded.
    ///
    /// # Errors
    /// [`WeightsError::File`], see [`crate::load`].
    pub fn read(&self) -> Result<Checkpoint, WeightsError> {
        let checkpoint = format::parse(&self.content, &self.data, self.identity.format);
        checkpoint.map_err(|problem| WeightsError::refused(&self.path, problem))
    }

    /// [`Self::read`], folded.
    ///
    /// # Errors
    /// [`WeightsError::File`], see [`crate::load`].
    pub fn load(&self) -> Result<LoadedWeights, WeightsError> {
        LoadedWeights::fold(self.read()?, self.identity.clone())
            .map_err(|problem| WeightsError::refused(&self.path, problem))
    }
}

/// Whether a file is an ONNX graph that computes the FID Inception network, whoever exported it, so that
/// [`load`](crate::load()) reads its weights. Another network, a damaged file and other formats are
/// not.
///
/// # Errors
/// [`WeightsError::Io`] if the file itself cannot be read.
pub fn is_fid_graph(path: &Path) -> Result<bool, WeightsError> {
    match WeightsFile::open(path) {
        Ok(file) => Ok(file.identity.format == WeightsFormat::Onnx && file.read().is_ok()),
        Err(error @ WeightsError::Io { .. }) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The content of a file, unless it is longer than any weights.
fn read(path: &Path) -> io::Result<Result<Vec<u8>, FileProblem>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    read_limited(file, length, MAX_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_of_the_network_are_told_from_others() {
        let folder = temp_dir::TempDir::new().unwrap();
        let is = |content: &[u8]| {
            let path = folder.child("graph.onnx");
            std::fs::write(&path, content).unwrap();
            is_fid_graph(&path).unwrap()
        };
        let loaded = crate::load::load(&crate::source::WeightsSource::Seeded(0)).unwrap();
        let graph = loaded.to_onnx();
        assert!(is(&graph) && !is(&graph[..graph.len() / 2]) && !is(&[]));
        assert!(!is(&loaded.to_safetensors().unwrap()));
        let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/onnx_encoder");
        assert!(!is_fid_graph(&other.join("legacy.onnx")).unwrap());
        assert!(matches!(is_fid_graph(&other.join("none")), Err(WeightsError::Io { .. })));
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
