#![doc = include_str!("../README.md")]

mod activations;
mod device;
mod engine;
mod error;
mod kernels;
mod moments;
mod network;
mod ops;
mod packed_conv;
mod products;
mod read;
mod resize;

pub use activations::{Activations, ChannelSlice};
pub use device::{Adapter, AdapterKind, GpuDevice, adapters};
pub use engine::WgpuEngine;
pub use kernels::conv::{Pool, TileClass};
pub use network::{Classifier, InceptionV3};
pub use packed_conv::{PackedConv, pool};
pub use products::WgpuProducts;
pub use resize::resize;

/// A hash of this crate's sources, as the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");
