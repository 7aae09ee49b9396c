//! Loading weights from whatever source, and telling which they are.

use std::fs::File;

use memmap2::Mmap;
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use super::identity::{hash, hex};
use super::{
    Checkpoint, FileProblem, Weights, WeightsError, WeightsFormat, WeightsIdentity, WeightsSource,
    onnx, pytorch, safetensors, seeded,
};
use crate::LayerTable;

/// Weights ready for a device, and which they are.
#[derive(Debug, Clone)]
pub struct LoadedWeights {
    /// The weights, folded and checked.
    pub weights: Weights,
    /// Which they are.
    pub identity: WeightsIdentity,
}

/// Loads weights: read, checked whole, folded.
///
/// # Errors
/// A file that cannot be read, is damaged, holds another network, another element type or values
/// that are no weights. Nothing is returned from a file of which any part is wrong.
pub fn load(source: &WeightsSource) -> Result<LoadedWeights, WeightsError> {
    let (checkpoint, identity) = read(source)?;
    let weights = folded(checkpoint).map_err(|problem| refused(source, problem))?;
    Ok(LoadedWeights { weights, identity })
}

/// Folds a checkpoint and checks what comes of it.
pub(super) fn folded(checkpoint: Checkpoint) -> Result<Weights, FileProblem> {
    let weights = checkpoint.fold();
    for (conv, layer) in weights.convs.iter().zip(LayerTable::get().convs()) {
        if !conv.weight.iter().chain(&conv.bias).all(|value| value.is_finite()) {
            return Err(FileProblem::FoldOverflow { layer: layer.name.clone() });
        }
    }
    Ok(weights)
}

/// Reads parameters as the source holds them, not yet folded.
///
/// # Errors
/// As [`load`].
pub fn read(source: &WeightsSource) -> Result<(Checkpoint, WeightsIdentity), WeightsError> {
    let (checkpoint, sha256, format) = match source {
        WeightsSource::File(path) => {
            let file = File::open(path).and_then(|file| map(&file));
            let file = file.map_err(|cause| WeightsError::Io { file: path.clone(), cause })?;
            let bytes = Bytes::from_owner(file);
            let (checkpoint, format) = parse(&bytes).map_err(|problem| refused(source, problem))?;
            (checkpoint, hex(Sha256::digest(&bytes)), format)
        }
        WeightsSource::Seeded(seed) => {
            let checkpoint = seeded::checkpoint(*seed);
            let sha256 = hash(&checkpoint);
            (checkpoint, sha256, WeightsFormat::Seeded)
        }
    };
    let name = match source {
        WeightsSource::File(path) => {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        }
        WeightsSource::Seeded(_) => source.to_string(),
    };
    Ok((checkpoint, WeightsIdentity { name, sha256, format }))
}

/// Reads parameters out of a whole file that is in memory.
///
/// # Errors
/// What is wrong with the content.
pub fn read_content(content: Vec<u8>) -> Result<(Checkpoint, WeightsFormat), FileProblem> {
    parse(&content.into())
}

/// The longest file that is read; the network's weights take 96 MB.
const LONGEST: u64 = 160 << 20;

/// Tells the format by content: names lie, and the published file is often renamed.
pub(super) fn format(bytes: &[u8]) -> Result<WeightsFormat, FileProblem> {
    let found = bytes.len() as u64;
    if found > LONGEST {
        return Err(FileProblem::TooLarge { what: "content", found, limit: LONGEST });
    }
    if safetensors::recognise(bytes) {
        return Ok(WeightsFormat::Safetensors);
    }
    if pytorch::recognise(bytes) {
        return Ok(WeightsFormat::Pytorch);
    }
    if onnx::recognise(bytes) {
        return Ok(WeightsFormat::Onnx);
    }
    let start = match bytes.get(..bytes.len().min(16)) {
        None | Some([]) => "nothing".into(),
        Some(start) => format!("\"{}\"", start.escape_ascii()),
    };
    Err(FileProblem::Unrecognised { start })
}

pub(super) fn parse(bytes: &Bytes) -> Result<(Checkpoint, WeightsFormat), FileProblem> {
    let format = format(bytes)?;
    let checkpoint = match format {
        WeightsFormat::Safetensors => safetensors::read(bytes),
        WeightsFormat::Pytorch => pytorch::read(bytes),
        WeightsFormat::Onnx | WeightsFormat::Seeded => onnx::read(bytes.clone()),
    };
    Ok((checkpoint?, format))
}

pub(super) fn map(file: &File) -> std::io::Result<Mmap> {
    if file.metadata()?.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    // SAFETY: the map is only read, and any content is checked as it is read. What remains is
    // another process cutting the file while it is mapped, which ends this one with a bus error;
    // nothing short of copying the file first would prevent that. Packed files are never changed
    // in place, but replaced.
    #[allow(unsafe_code)]
    unsafe {
        Mmap::map(file)
    }
}

fn refused(source: &WeightsSource, problem: FileProblem) -> WeightsError {
    match source {
        WeightsSource::File(path) => WeightsError::File { file: path.clone(), problem },
        WeightsSource::Seeded(seed) => WeightsError::Seeded { seed: *seed, problem },
    }
}
