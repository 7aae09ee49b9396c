//! What is fast: the device, and the kernels that run on it, each beside its CPU twin.
//!
//! - [`cpu`]: the network's operations on the CPU.
//! - [`conv`]: the network's operations on GPUs.
//! - [`device`]: which adapters there are, and opening one.
//! - [`preprocess`]: u8 images of mixed sizes to the network's input.
//! - [`moments`]: features to mean and covariance, reduced on the device.
//! - [`DeviceProducts`]: inner products of features, for the metrics of all pairs.
//!
//! A kernel is a CubeCL function that every graphics API runs; its twin of the same name in
//! `host.rs` is what the CPU backend runs. The `f64` definitions both are tested against are in
//! [`fid_core`].

pub mod conv;
pub mod cpu;
pub mod device;
mod error;
pub mod moments;
mod ops;
pub mod preprocess;
mod products;

pub use device::{Adapter, AdapterKind, Api, ComputeDevice, DeviceChoice, DeviceError};
pub use error::KernelError;
pub use fid_weights::inception::Window;
pub use moments::{Arrived, Arriving, FeatureSink, MomentReducer};
pub use preprocess::{BatchBytes, PackedBatch, UploadedBatch};
pub use products::DeviceProducts;
