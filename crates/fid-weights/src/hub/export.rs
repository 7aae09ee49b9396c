//! Exporting weights for other programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::atomic_file::AtomicFile;
use crate::loaded::{EncodeError, LoadedWeights};

/// Weights that were not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The extension of the file names no format.
    #[error("{} names no format: end it with .onnx or .safetensors", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The file exists already.
    #[error("{} exists already; name another file, or ask for it to be replaced", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The format cannot hold these weights.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Writing failed.
    #[error("cannot write {}; check the folder and the room in it", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
}

/// A file to be written: the ONNX graph of the whole network or a safetensors file, by its
/// extension.
#[derive(Debug, Clone)]
pub struct Export {
    path: PathBuf,
    format: ExportFormat,
}

#[derive(Debug, Clone, Copy)]
enum ExportFormat {
    Onnx,
    Safetensors,
}

impl Export {
    /// Checks the path, before any weights are loaded. With `force`, an existing file is replaced.
    ///
    /// # Errors
    ///
    /// [`ExportError::Format`] and [`ExportError::Exists`].
    pub fn new(path: &Path, force: bool) -> Result<Self, ExportError> {
        let path = PathBuf::from(path);
        let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
        let format = match extension.as_deref().and_then(|extension| extension.to_str()) {
            Some("onnx") => ExportFormat::Onnx,
            Some("safetensors") => ExportFormat::Safetensors,
            _ => return Err(ExportError::Format { path }),
        };
        if path.exists() && !force {
            return Err(ExportError::Exists { path });
        }
        Ok(Self { path, format })
    }

    /// Writes weights, batch normalisation folded. The file loads again with the same bits. It
    /// appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`ExportError`], if the format cannot hold the weights or the file cannot be written.
    pub fn write(&self, weights: &LoadedWeights) -> Result<(), ExportError> {
        let content = match self.format {
            ExportFormat::Onnx => weights.to_onnx(),
            ExportFormat::Safetensors => weights.to_safetensors()?,
        };
        let io = |cause| ExportError::Io { path: self.path.clone(), cause };
        let mut file = AtomicFile::create(&self.path).map_err(io)?;
        file.write_all(&content).map_err(io)?;
        file.commit().map_err(io)
    }
}
