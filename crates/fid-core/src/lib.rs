//! What the Fréchet Inception Distance *is*, in plain f64: no GPU, no threads of its own, no files.
//!
//! The principal type is [`FeatureStats`]: mean and covariance of a set of feature vectors. Two of
//! them give a [`FrechetDistance`] through [`frechet_distance`]. They come from a
//! [`MomentAccumulator`], which is fed batches of features, merges with others and keeps no more
//! than it needs. [`Preset`] names the published recipes that turn an image into the network's
//! input, and [`reference_preprocess`] is their plain, slow definition, from the tap tables
//! ([`AxisTable`]) that GPU kernels read too.
//!
//! ```
//! use fid_core::{FeatureStats, MomentAccumulator, frechet_distance};
//!
//! # fn main() -> Result<(), fid_core::Error> {
//! // Features of four "real" images, two values each, row-major `[4,2]`.
//! let real = FeatureStats::from_features(&[0., 0., 2., 0., 0., 2., 2., 2.], 2)?;
//!
//! // The "fake" ones arrive in batches: the same square, three to the right.
//! let mut fake = MomentAccumulator::new(2)?;
//! fake.update(&[3., 0., 5., 0.])?;
//! fake.update(&[3., 2., 5., 2.])?;
//! let fake = fake.finish()?;
//!
//! // Equal covariances: only the means count, |Δμ|² = 3².
//! let distance = frechet_distance(&real, &fake)?;
//! assert!((distance.value - 9.0).abs() < 1e-12);
//! assert_eq!(fake.num_images(), Some(4));
//! # Ok(())
//! # }
//! ```

pub mod device;
pub mod engine;
mod error;
mod factor;
mod frechet;
mod image;
mod linalg;
pub mod metrics;
mod moments;
mod precision;
pub mod preprocess;
mod protocol;
mod resample;
mod rows;
mod sink;
mod spectrum;
mod stats;
mod tap;
mod tiles;
pub mod tolerance;

pub use device::{Api, DeviceChoice, DeviceError};
pub use engine::{Engine, EngineError, EngineInfo, EngineOutput, MomentSums, Pending};
pub use error::Error;
pub use frechet::{CrossTraceMethod, FrechetDistance, frechet_distance};
pub use image::{Image8, ImageSize, LengthMismatch};
pub use moments::{MomentAccumulator, check_features};
pub use precision::Precision;
pub use preprocess::{BatchBytes, PackedBatch};
pub use protocol::{
    FIXED_POINT, NETWORK_SIZE, Overshoot, PixelScaling, Preset, ResizeMode, Rounding,
};
pub use resample::{AxisTable, reference_preprocess};
pub use rows::{FeatureRows, FeatureSlice};
pub use sink::{FeatureSink, SinkError};
pub use stats::{FeatureStats, MAX_RETAINED_ROWS};
pub use tap::{FEATURE_DIM, NUM_CLASSES, Tap};

/// A hash of this crate's sources: the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");

#[cfg(test)]
mod tests;
