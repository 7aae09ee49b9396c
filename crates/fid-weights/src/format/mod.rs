//! Checkpoint files: bytes in, a [`Checkpoint`] out. No files, threads or clocks.
//!
//! Every format is read into a [`Checkpoint`] in the order of [`LayerTable`] and checked whole.
//!
//! [`LayerTable`]: crate::LayerTable

pub(crate) mod named;
pub(crate) mod onnx;
mod problem;
mod pytorch;
pub(crate) mod safetensors;
mod values;

use prost::bytes::Bytes;

use crate::checkpoint::Checkpoint;
use crate::identity::WeightsFormat;

use named::Entries;
pub(crate) use named::Entry;
pub(crate) use onnx::DataFiles;
pub use problem::FileProblem;
pub(crate) use problem::quoted;
pub use pytorch::{PickleError, PickledArray, PickledArrays};
pub(crate) use values::{finite, fits};

/// The longest file that is read, in bytes; the network's weights take 96 MB, and 191 MB as the
/// 64-bit floats of some ONNX graphs.
pub(crate) const MAX_FILE: u64 = 200 << 20;

/// Reads the parameters of the network from the content of a PyTorch, safetensors or ONNX file.
///
/// ```
/// use fid_weights::{FileProblem, WeightsSource, load, read_content};
///
/// let content = load(&WeightsSource::Seeded(0))?.to_safetensors()?;
/// let (checkpoint, format) = read_content(content)?;
/// assert_eq!(checkpoint.convs.len(), 94);
/// assert_eq!(format.to_string(), "safetensors");
///
/// let problem = read_content(b"<html>".to_vec()).unwrap_err();
/// assert!(matches!(problem, FileProblem::Unrecognised { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An ONNX graph must hold all its weights; one that keeps them in other files is read from disk, see
/// [`crate::load()`].
///
/// # Errors
/// [`FileProblem`]: the first problem found, by the names of tensors and nodes in the file.
pub fn read_content(content: Vec<u8>) -> Result<(Checkpoint, WeightsFormat), FileProblem> {
    let format = recognise(&content)?;
    Ok((parse(&content.into(), &DataFiles::new(), format)?, format))
}

/// Tells the format by content: file names mislead, and the published file is often renamed.
pub(crate) fn recognise(bytes: &[u8]) -> Result<WeightsFormat, FileProblem> {
    let found = bytes.len() as u64;
    if found > MAX_FILE {
        return Err(FileProblem::TooLarge { what: "content", found, limit: MAX_FILE });
    }
    recognise_any(bytes)
}

/// [`recognise`] for a network with files of any length.
pub(crate) fn recognise_any(bytes: &[u8]) -> Result<WeightsFormat, FileProblem> {
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

/// Entries of any format.
pub(crate) type AnyEntries<'a> = Entries<Box<dyn Entry + 'a>>;

/// The tensors of a PyTorch or safetensors file by name; none of another file.
pub(crate) fn entries<'a>(
    bytes: &'a [u8],
    format: WeightsFormat,
) -> Result<AnyEntries<'a>, FileProblem> {
    fn boxed<'a, E: Entry + 'a>(entries: Entries<E>) -> AnyEntries<'a> {
        let boxed = |entry| Box::new(entry) as Box<dyn Entry + 'a>;
        entries.into_iter().map(|(name, entry)| (name, boxed(entry))).collect()
    }
    match format {
        WeightsFormat::Safetensors => safetensors::entries(bytes).map(boxed),
        WeightsFormat::Pytorch => pytorch::entries(bytes).map(boxed),
        WeightsFormat::Onnx | WeightsFormat::Seeded => Ok(Entries::new()),
    }
}

/// Parses and checks content that [`recognise`] found to be of `format`, with the files of an ONNX
/// graph's [`onnx::data_files`].
pub(crate) fn parse(
    bytes: &Bytes,
    files: &DataFiles,
    format: WeightsFormat,
) -> Result<Checkpoint, FileProblem> {
    match format {
        WeightsFormat::Safetensors => safetensors::read(bytes),
        WeightsFormat::Pytorch => pytorch::read(bytes),
        WeightsFormat::Onnx | WeightsFormat::Seeded => onnx::read(bytes.clone(), files),
    }
}
