#![doc = include_str!("../README.md")]

pub mod device;
pub mod devices;
pub mod engine;
mod error;
mod features;
mod frechet;
mod image;
mod linalg;
pub mod metrics;
mod precision;
pub mod preprocess;
mod sink;
mod stats;
mod tap;
pub mod tolerance;

pub use device::{Api, DeviceChoice, DeviceError};
pub use devices::{DeviceEntry, Devices};
pub use engine::{Engine, EngineError, EngineInfo, EngineOutput, Pending};
pub use error::{Error, ProductsFailure};
pub use features::{FeatureRows, FeatureSlice, check_features};
pub use frechet::{CrossTraceMethod, FrechetDistance, frechet_distance};
pub use image::{Image8, ImageSize, LengthMismatch};
pub use metrics::{Metric, UnknownMetric};
pub use precision::Precision;
pub use preprocess::{
    AxisTable, BatchBytes, Centre, FIXED_POINT, Fit, NETWORK_SIZE, Normalisation, Overshoot,
    PackedBatch, PixelScaling, Positions, Preparation, PreparationError, Preset, ResizeMode,
    Rounding, reference_preprocess,
};
pub use sink::{FeatureSink, SinkError};
pub use stats::{FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator};
pub use tap::{FEATURE_DIM, NUM_CLASSES, Tap};

/// A hash of this crate's sources: the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");

#[cfg(test)]
mod tests;
