//! Mean and covariance of feature sets.

mod feature_stats;
mod moments;

pub use feature_stats::{FeatureStats, MAX_RETAINED_ROWS};
pub use moments::MomentAccumulator;
