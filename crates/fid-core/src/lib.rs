#![doc = include_str!("../README.md")]

mod error;
mod features;
mod frechet;
mod image;
mod linalg;
pub mod metrics;
mod precision;
mod preprocess;
mod stats;
mod tap;
pub mod tolerance;

pub use error::{Error, ProductsFailure};
pub use features::{FeatureRows, FeatureSlice, check_features};
pub use frechet::{CrossTraceMethod, FrechetDistance, frechet_distance};
pub use image::{Image8, ImageSize, LengthMismatch};
pub use metrics::{Metric, UnknownMetric};
pub use precision::Precision;
pub use preprocess::{
    AxisTable, FIXED_POINT, NETWORK_SIZE, Overshoot, PixelScaling, Preset, ResizeMode, Rounding,
    reference_preprocess,
};
pub use stats::{FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator};
pub use tap::{FEATURE_DIM, NUM_CLASSES, Tap};

#[cfg(test)]
mod tests;
