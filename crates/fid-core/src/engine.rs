//! The interface between images, networks and devices.

use std::fmt;
use std::time::Duration;

use crate::metrics::TileProducts;
use crate::{PackedBatch, Precision, Preset, Tap};

/// A network on a device: takes packed images, returns features in host memory.
///
/// An engine implements [`info`](Self::info) and [`start`](Self::start). By default the others
/// resize on the CPU, leave sums and products to the host, and return [`EngineError::Unsupported`]
/// or [`EngineError::NoClassifier`].
pub trait Engine: fmt::Debug + Send + Sync {
    /// Describes the device and the network on it.
    fn info(&self) -> &EngineInfo;

    /// Starts the computation for a batch of at least one image. `taps` has a list for each of the
    /// batch's presets, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails at once; [`Pending::wait`] returns later failures.
    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError>;

    /// Number of batches to keep started beyond the one that is waited for, so that the device does
    /// not idle.
    fn batches_ahead(&self) -> usize {
        1
    }

    /// Computes the features of preprocessed images: `[n,3,side,side]` f32 RGB in the range
    /// that the network was trained on, row major; 299 pixels in about [-1, 1] for Inception. Returns `[n,dim]` for each tap, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError::Shape`] if `images` is not a whole number of images; otherwise as
    /// [`Self::start`].
    fn extract(&self, _images: &[f32], _taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        Err(EngineError::Unsupported { what: "features of preprocessed images".into() })
    }

    /// Computes the network's input for a batch: `[n,3,side,side]` f32 RGB in the preset's range, row
    /// major.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unsupported`] if the batch was not made for the preset; otherwise as
    /// [`Self::start`].
    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        batch.run_on_cpu(preset).ok_or_else(|| EngineError::other_preset(preset))
    }

    /// Computes logits, `[n,1008]` row major, from pool3 features, `[n,2048]` row major. Equal to
    /// the bit to the logits of [`Self::start`] for a batch of these `n` images. `tap` is one of
    /// the two logit taps.
    ///
    /// # Errors
    ///
    /// [`EngineError::NoClassifier`] if the weights end at pool3; otherwise as [`Self::start`].
    fn classify(&self, _pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        Err(EngineError::NoClassifier { tap })
    }

    /// Starts Σ x·xᵀ over rows x, `[n,dim]` row major, in f32, for a covariance. Returns
    /// `[dim,dim]` row major, where only elements with column ≥ row count; `None` if the device
    /// sums no faster than the host. The caller has subtracted a value near the mean: otherwise the
    /// covariance would be a small difference of large numbers.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    fn gram(&self, _rows: Vec<f32>, _dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        Ok(None)
    }

    /// Returns pairwise products of features on the device; `None` for the CPU's own.
    fn products(&self) -> Option<Box<dyn TileProducts>> {
        None
    }

    /// The device of [`Self::products`].
    fn products_device(&self) -> &str {
        &self.info().device
    }

    /// Frees memory that the engine keeps for the next batch. Callers use it after a batch has
    /// failed.
    fn release_memory(&self) {}
}

/// A description of an engine, for reports and for choosing batch sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// `cpu`, or API, index and name of the adapter, such as `vulkan:0 NVIDIA H100`. Several
    /// devices are separated by commas.
    pub device: String,
    /// Name and version of the driver; `None` for the CPU.
    pub driver: Option<String>,
    /// What computes: the instruction set of a CPU, or the class of tiles of a GPU.
    pub kernels: String,
    /// Identifies what decides the bits of a feature besides image, preset, weights and precision:
    /// the instruction set or the driver and its tiles, and the version of the code.
    pub arithmetic: String,
    /// The precision of the network's arithmetic.
    pub precision: Precision,
    /// Number of values of [`Tap::Pool3`]: 2048 for Inception.
    pub features: usize,
    /// The number of images in a batch that suits the device.
    pub batch_size: usize,
    /// The largest number of images in a batch that the device can hold.
    pub max_batch_size: usize,
    /// Bytes of the largest buffer that a kernel can read; under 4 GiB, because kernels index with
    /// `u32`.
    pub max_buffer_bytes: u64,
    /// Whether [`Engine::products`] beats the CPU for large sets.
    pub fast_products: bool,
}

/// A result that the device may still be computing, by default of a batch.
pub struct Pending<T = EngineOutput>(State<T>);

enum State<T> {
    Ready(T),
    Later(Box<dyn FnOnce() -> Result<T, EngineError> + Send>),
}

impl<T> Pending<T> {
    /// Wraps a finished result.
    pub fn ready(output: T) -> Self {
        Self(State::Ready(output))
    }

    /// Wraps a function that waits for the result.
    pub fn later(wait: impl FnOnce() -> Result<T, EngineError> + Send + 'static) -> Self {
        Self(State::Later(Box::new(wait)))
    }

    /// Whether the result is finished.
    pub fn is_ready(&self) -> bool {
        matches!(self.0, State::Ready(_))
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device failed on it.
    pub fn wait(self) -> Result<T, EngineError> {
        match self.0 {
            State::Ready(output) => Ok(output),
            State::Later(wait) => wait(),
        }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// The features of one batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineOutput {
    /// `[n,dim]` row major for each tap of the first preset, then of the second, and so on.
    pub rows: Vec<Vec<f32>>,
    /// Time spent on preprocessing; `None` if the device overlaps it with the network.
    pub preprocess: Option<Duration>,
}

/// An error of an [`Engine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The device has too little memory; a smaller batch may fit.
    #[error("the device is out of memory ({message})")]
    OutOfMemory {
        /// The driver's or the runtime's message.
        message: String,
    },
    /// The device and everything on it are gone: its driver was restarted, it ran out of memory or
    /// one computation took too long. A new engine is needed.
    #[error(
        "the device was lost ({message}): its driver was restarted, it ran out of memory or took too long"
    )]
    DeviceLost {
        /// The driver's or the runtime's message.
        message: String,
    },
    /// The device failed for a reason that the runtime does not report; most often it is short of
    /// memory.
    #[error("the device failed ({message})")]
    Failed {
        /// The driver's or the runtime's message.
        message: String,
    },
    /// The engine does not implement the request.
    #[error("this engine does not support {what}")]
    Unsupported {
        /// The request, as a noun phrase.
        what: String,
    },
    /// The values are not a whole number of images of the network's input size.
    #[error(
        "the network reads images of {side}x{side} pixels, [N,3,{side},{side}], got {values} values"
    )]
    Shape {
        /// Number of values passed.
        values: usize,
        /// Height and width of the network's input.
        side: usize,
    },
    /// A tap needs the classifier, and the weights end at pool3.
    #[error("{tap:?} needs the classifier, which these weights do not have")]
    NoClassifier {
        /// The requested tap.
        tap: Tap,
    },
}

impl EngineError {
    /// Puts the name of the device before the message, if the device failed.
    #[must_use]
    pub fn of_device(mut self, device: &str) -> Self {
        if let Self::OutOfMemory { message }
        | Self::DeviceLost { message }
        | Self::Failed { message } = &mut self
        {
            *message = format!("{device}: {message}");
        }
        self
    }

    /// The error for a batch that was not made for `preset`.
    pub fn other_preset(preset: Preset) -> Self {
        Self::Unsupported {
            what: format!("preset {preset} on a batch that was made for other presets"),
        }
    }
}
