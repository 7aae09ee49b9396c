//! The Inception-v3 network that FID is defined by, and its weights.
//!
//! - [`inception`] defines the layers once, over the trait [`inception::Graph`]; [`LayerTable`]
//!   lists them, and [`mod@reference`] runs them in `f64`.
//! - [`load`] reads weights from a PyTorch, safetensors or ONNX file, or draws them from a seed
//!   ([`mod@seeded`]); [`read_content`] does the same for a file that is in memory. Every tensor is
//!   checked, and a file with one bad tensor gives no weights at all.
//! - [`vit`] does the same for vision transformers: DINOv2 and the image encoders of CLIP.
//! - [`hub`] finds the published file on this machine, downloads it, imports and exports weights,
//!   and keeps loaded files in a packed form that the next run maps.
//!
//! ```
//! use fid_weights::{WeightsSource, load};
//!
//! let loaded = load(&WeightsSource::Seeded(7))?;
//! assert_eq!(loaded.identity.name, "seeded:7");
//! assert_eq!(loaded.weights.convs.len(), 94);
//! # Ok::<(), fid_weights::WeightsError>(())
//! ```
//!
//! Cargo feature `download` (on by default): `hub::download`, which needs an HTTP client.

pub mod atomic_file;
mod checkpoint;
mod container;
mod error;
mod external;
mod file;
mod floats;
mod format;
pub mod hub;
mod identity;
pub mod inception;
mod limited;
mod load;
mod loaded;
mod mapped;
pub mod packed;
pub mod reference;
pub mod seeded;
mod source;
mod stream;
#[cfg(test)]
mod tests;
pub mod vit;

pub use checkpoint::{Checkpoint, Classifier, ConvParams, FoldedConv, Norm, Weights};
pub use error::WeightsError;
pub use file::{WeightsFile, is_fid_graph};
pub use floats::Floats;
pub use format::{FileProblem, PickleError, PickledArray, PickledArrays, read_content};
pub use identity::{WeightsFormat, WeightsIdentity};
pub use inception::{ConvLayer, LayerTable};
pub use load::{load, read};
pub use loaded::{EncodeError, LoadedWeights};
pub use mapped::MappedFile;
pub use source::WeightsSource;

/// A hash of this crate's sources: the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");
