//! From an image to the network's input.

mod preset;
mod reference;
mod resample;
mod steps;

pub use preset::Preset;
pub use reference::reference_preprocess;
pub use resample::AxisTable;
pub use steps::{FIXED_POINT, NETWORK_SIZE, Overshoot, PixelScaling, ResizeMode, Rounding};
