//! Inception-v3 on CPUs and GPUs.
//!
//! The principal type is [`InceptionV3`]: the network with its weights on a device, which turns
//! preprocessed images into features as a [`FeatureExtractor`]. The definition of the network and
//! the loading of weights are in [`fid_weights`].

mod cpu;
mod device_run;
mod model;

pub use cpu::StepTime;
pub use fid_weights as weights;
pub use fid_weights::inception as network;
pub use fid_weights::{
    ConvLayer, LayerTable, LoadedWeights, MappedFile, Weights, WeightsError, WeightsSource,
    reference,
};
pub use model::{ExtractError, FeatureExtractor, InceptionV3};
