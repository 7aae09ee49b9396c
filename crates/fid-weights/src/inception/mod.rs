//! Inception-v3 as the FID checkpoint defines it: its layers, and their list.

mod network;
mod table;
mod window;

pub use network::{BATCH_NORM_EPS, Conv, Graph, INPUT_SIZE, inception_v3};
pub use table::{ConvLayer, Flow, LayerTable};
pub use window::Window;
