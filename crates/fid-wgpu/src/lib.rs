#![doc = include_str!("../README.md")]

mod activations;
mod adapter;
mod device;
mod engine;
mod error;
mod host;
mod kernels;
mod matrix_unit;
mod memory;
mod moments;
mod network;
mod ops;
mod packed_conv;
mod plan;
mod products;
mod read;
mod resize;
mod tokens;
mod trial;
mod visible;
mod vit;

pub use activations::{Activations, ChannelSlice};
pub use adapter::{Adapter, AdapterKind, adapters};
pub use device::GpuDevice;
pub use engine::WgpuEngine;
pub use kernels::conv::matrix::{Factors, MatrixUnit};
pub use kernels::conv::{After, Pool, TileClass};
pub use network::{Classifier, InceptionV3};
pub use packed_conv::{PackedConv, pool};
pub use products::WgpuProducts;
pub use resize::resize;
pub use tokens::{attention, embed, gate, layer_norm};
pub use vit::WgpuVit;

/// A hash of this crate's sources, as the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");
