//! An ONNX model as an encoder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fid_core::{DeviceChoice, Devices, Engine, Precision, Preset};
use fid_onnx::{OnnxEngine, OwnInput};

use crate::Error;
use crate::provenance::WeightsReport;

/// An ONNX model, opened, with the one preset of its input.
pub struct OwnEncoder {
    /// `onnx`, with what shapes its numbers besides the file.
    pub(crate) name: String,
    path: PathBuf,
    engine: Arc<OnnxEngine>,
    pub(crate) presets: [Preset; 1],
}

impl OwnEncoder {
    /// Opens a model.
    ///
    /// # Errors
    ///
    /// [`Error::Onnx`], which names the file and what is wrong.
    pub(crate) fn open(path: &Path, input: &OwnInput) -> Result<Self, Error> {
        let engine = OnnxEngine::open(path, input)?;
        let (name, presets) = (format!("onnx ({})", engine.input()), [engine.preset()]);
        Ok(Self { name, path: path.into(), engine: Arc::new(engine), presets })
    }

    /// Number of its features.
    pub(crate) fn features(&self) -> usize {
        self.engine.info().features
    }

    /// The engine and its file, for a run on the CPU in f32 that names no other weights.
    pub(crate) fn engine(
        &self,
        device: &Devices,
        precision: Precision,
        other_weights: bool,
    ) -> Result<(Arc<dyn Engine>, WeightsReport), Error> {
        let cpu = [DeviceChoice::Auto, DeviceChoice::Cpu].map(Devices::from);
        let what = if !cpu.contains(device) {
            Some("a device: a model runs on the CPU")
        } else if precision != Precision::F32 {
            Some("a precision: a model has its own")
        } else if other_weights {
            Some("weights: a model has its own")
        } else {
            None
        };
        if let Some(what) = what {
            return Err(Error::OwnEncoder { path: self.path.clone(), what });
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = self.engine.sha256().into();
        Ok((self.engine.clone(), WeightsReport { random: false, name, sha256 }))
    }
}

impl fmt::Debug for OwnEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnEncoder").field("path", &self.path).field("name", &self.name).finish()
    }
}

impl PartialEq for OwnEncoder {
    fn eq(&self, other: &Self) -> bool {
        (self.engine.sha256(), &self.name) == (other.engine.sha256(), &other.name)
    }
}
