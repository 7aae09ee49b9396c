//! Loading weights from whatever source, and telling which they are.

use prost::bytes::Bytes;

use super::identity::hash;
use super::{
    Checkpoint, FileProblem, Weights, WeightsError, WeightsFile, WeightsFormat, WeightsIdentity,
    WeightsSource, onnx, pytorch, safetensors, seeded,
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
    match source {
        WeightsSource::File(path) => WeightsFile::open(path)?.read(),
        WeightsSource::Seeded(seed) => {
            let checkpoint = seeded::checkpoint(*seed);
            let (name, sha256) = (source.to_string(), hash(&checkpoint));
            let identity = WeightsIdentity { name, sha256, format: WeightsFormat::Seeded };
            Ok((checkpoint, identity))
        }
    }
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

fn refused(source: &WeightsSource, problem: FileProblem) -> WeightsError {
    match source {
        WeightsSource::File(path) => WeightsError::File { file: path.clone(), problem },
        WeightsSource::Seeded(seed) => WeightsError::Seeded { seed: *seed, problem },
    }
}
