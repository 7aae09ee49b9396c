//! Writing weights for other programs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fid_inception::LoadedWeights;

use crate::new_file::NewFile;

/// Weights that were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A name that says no format.
    #[error("{} names no format: end it with .onnx or .safetensors", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// A file is there already.
    #[error("{} is there already; name another file, or replace it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The format cannot hold these weights.
    #[error(transparent)]
    Weights(#[from] fid_inception::weights::ExportError),
    /// Writing failed.
    #[error("cannot write {}: {cause}; check the folder and the room in it", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

/// A file that is to be written: the ONNX graph of the whole network or a safetensors file, as the
/// ending of its name says.
#[derive(Debug, Clone)]
pub struct Export {
    path: PathBuf,
    format: Format,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Onnx,
    Safetensors,
}

impl Export {
    /// Checks the name, before anything is loaded. With `force` a file may be there already.
    ///
    /// # Errors
    ///
    /// [`ExportError::Format`] and [`ExportError::Exists`].
    pub fn new(path: &Path, force: bool) -> Result<Self, ExportError> {
        let path = PathBuf::from(path);
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let format = match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("onnx") => Format::Onnx,
            Some("safetensors") => Format::Safetensors,
            _ => return Err(ExportError::Format { path }),
        };
        if path.exists() && !force {
            return Err(ExportError::Exists { path });
        }
        Ok(Self { path, format })
    }

    /// Writes weights, batch normalisation folded. The file loads again with the same bits, and
    /// appears whole or not at all.
    ///
    /// # Errors
    ///
    /// [`ExportError`], where the format cannot hold the weights or the file cannot be written.
    pub fn write(&self, weights: &LoadedWeights) -> Result<(), ExportError> {
        let content = match self.format {
            Format::Onnx => weights.to_onnx(),
            Format::Safetensors => weights.to_safetensors()?,
        };
        let io = |cause| ExportError::Io { path: self.path.clone(), cause };
        let mut file = NewFile::create(&self.path).map_err(io)?;
        file.write_all(&content).map_err(io)?;
        file.commit().map_err(io)
    }
}
