//! The Fréchet distance between two Gaussians.

mod cross_trace;
mod distance;

pub use cross_trace::CrossTraceMethod;
pub(crate) use cross_trace::covariance_factor;
pub use distance::{FrechetDistance, frechet_distance};
