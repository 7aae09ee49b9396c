//! Inception-v3 as the FID checkpoint defines it, and every way of loading its weights.
//!
//! The principal type is [`InceptionV3`]: the network with its weights on a device, which turns
//! preprocessed images into features as a [`FeatureExtractor`]. Weights come from
//! [`weights::load`]. The layers are written down once, in [`network`]; [`LayerTable`] lists them,
//! and [`mod@reference`] runs them in `f64`.

mod cpu;
mod device_run;
mod mapped;
mod model;
pub mod network;
pub mod reference;
mod table;
pub mod weights;

pub use cpu::StepTime;
pub use mapped::MappedFile;
pub use model::{ExtractError, FeatureExtractor, InceptionV3};
pub use table::{ConvLayer, Flow, LayerTable};
pub use weights::{LoadedWeights, Weights, WeightsError, WeightsSource};
