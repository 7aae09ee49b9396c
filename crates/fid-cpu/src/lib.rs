#![doc = include_str!("../README.md")]

mod choose;
mod engine;
mod groups;
mod info;
mod isa;
pub mod kernels;
mod network;
mod product;
mod threads;
mod vit;

pub use engine::CpuEngine;
pub use isa::Isa;
pub use network::StepTime;
pub use vit::CpuVit;

/// A hash of this crate's sources, as the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");
