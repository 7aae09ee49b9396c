//! The seam between images, networks and devices.

use std::fmt;
use std::time::Duration;

use crate::metrics::TileProducts;
use crate::{PackedBatch, Precision, Preset, Tap};

/// A network on a device: packed images go in, rows of features on the host come out.
///
/// Only [`info`](Self::info) and [`start`](Self::start) must be implemented; the defaults resize on
/// the CPU, sum on the host, and refuse the rest with [`EngineError::Unsupported`].
pub trait Engine: fmt::Debug + Send + Sync {
    /// Facts about the device and the network on it.
    fn info(&self) -> &EngineInfo;

    /// Puts the device to work on a batch of at least one image. `taps` has one list for each of the
    /// batch's presets, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails at once. What fails later is an error of
    /// [`Pending::wait`].
    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError>;

    /// Features of images that are preprocessed already: `[n,3,299,299]` f32 RGB in about [-1, 1],
    /// row major. One `[n,dim]` for each tap, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError::Shape`] if `images` is not a whole number of images; else as [`Self::start`].
    fn extract(&self, _images: &[f32], _taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        Err(EngineError::Unsupported { what: "features of preprocessed images".into() })
    }

    /// The network's input for a batch: `[n,3,299,299]` f32 RGB in the preset's range, row major.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unsupported`] if the batch was not made for the preset; else as
    /// [`Self::start`].
    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        batch.run_on_cpu(preset).ok_or_else(|| EngineError::other_preset(preset))
    }

    /// The logits of images with these features at pool3, `[n,2048]` row major: the bits that
    /// [`Self::start`] gives for a batch of these `n` images. `tap` is one of the two logit taps.
    ///
    /// # Errors
    ///
    /// [`EngineError::NoClassifier`] if the weights end at pool3; else as [`Self::start`].
    fn classify(&self, _pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::NoClassifier { tap })
    }

    /// Sums on the device of rows of `shift.len()` values; `None` if the engine has no faster way
    /// than the host's own sums.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    fn moment_sums(&self, _shift: &[f32]) -> Result<Option<Box<dyn MomentSums>>, EngineError> {
        Ok(None)
    }

    /// Products of all pairs of features on the device; `None` for the CPU.
    fn products(&self) -> Option<Box<dyn TileProducts>> {
        None
    }

    /// Returns memory that the engine keeps for later, after a batch has failed.
    fn release_memory(&self) {}
}

/// Facts about an engine that its callers act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// The device: `cpu`, or API, index and name, such as `vulkan:0 NVIDIA H100`.
    pub device: String,
    /// The driver and its version; `None` for the CPU.
    pub driver: Option<String>,
    /// Whatever shapes the bits of a feature besides image, preset, weights and precision: the
    /// instruction set or the driver and its tiles, and the version of the code.
    pub arithmetic: String,
    /// The precision of the network.
    pub precision: Precision,
    /// Images in a batch that suit the device.
    pub batch_size: usize,
    /// The most images in a batch that the device can hold.
    pub max_batch_size: usize,
    /// Bytes of the largest buffer that a kernel can read; under 4 GiB, since kernels count in `u32`.
    pub max_buffer_bytes: u64,
    /// Whether [`Engine::products`] are faster than the CPU's from some number of images on.
    pub fast_products: bool,
}

/// Features that a device may still be computing.
pub struct Pending(Box<dyn FnOnce() -> Result<EngineOutput, EngineError>>);

impl Pending {
    /// Features that are there.
    pub fn ready(output: EngineOutput) -> Self {
        Self::later(move || Ok(output))
    }

    /// Features that `wait` waits for.
    pub fn later(wait: impl FnOnce() -> Result<EngineOutput, EngineError> + 'static) -> Self {
        Self(Box::new(wait))
    }

    /// Waits for the features.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device has failed meanwhile.
    pub fn wait(self) -> Result<EngineOutput, EngineError> {
        (self.0)()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// Features of one batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineOutput {
    /// `[n,dim]` row major for each tap of the first preset, then of the second, and so on.
    pub rows: Vec<Vec<f32>>,
    /// The time that preprocessing took alone; `None` if the device overlaps it with the network.
    pub preprocess: Option<Duration>,
}

/// Sums of feature rows and of their products, shifted by a fixed vector near their mean: without
/// the shift the covariance would be a small difference of large numbers.
///
/// A device sums in f32, so the caller reads the sums and [resets](Self::reset) them after about a
/// thousand rows.
pub trait MomentSums: fmt::Debug + Send {
    /// Adds `rows`, `[n,dim]` row major, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails.
    fn add(&mut self, rows: &[f32]) -> Result<(), EngineError>;

    /// Σ(x − shift), `[dim]`, and Σ(x − shift)(x − shift)ᵀ, `[dim,dim]` row major, since the last
    /// reset.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails.
    fn read(&self) -> Result<(Vec<f64>, Vec<f64>), EngineError>;

    /// Starts again from zero.
    fn reset(&mut self);
}

/// Why an engine has no features to give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The device has too little memory.
    #[error("the device is out of memory ({message})")]
    OutOfMemory {
        /// The device's own words.
        message: String,
    },
    /// The device is gone, and everything on it: its driver was restarted, it ran out of memory or
    /// one computation took too long.
    #[error(
        "the device was lost ({message}): its driver was restarted, it ran out of memory or took too long"
    )]
    DeviceLost {
        /// The device's own words.
        message: String,
    },
    /// The device failed, and the runtime does not say in which way. Most often it is short of
    /// memory.
    #[error("the device failed ({message})")]
    Failed {
        /// The device's own words.
        message: String,
    },
    /// The engine cannot do it.
    #[error("this engine does not support {what}")]
    Unsupported {
        /// The request.
        what: String,
    },
    /// The images have another shape than the network reads.
    #[error("the network reads [N,3,299,299], got {values} values")]
    Shape {
        /// Number of values in the batch.
        values: usize,
    },
    /// A tap needs the classifier, and the weights end at pool3.
    #[error("{tap:?} needs the classifier, which these weights do not have")]
    NoClassifier {
        /// The tap asked for.
        tap: Tap,
    },
}

impl EngineError {
    /// The error for a batch that was not made for a preset.
    pub fn other_preset(preset: Preset) -> Self {
        Self::Unsupported {
            what: format!("preset {preset} for a batch that was packed for others"),
        }
    }
}
