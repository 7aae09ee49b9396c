//! Vision transformers on the CPU.
//!
//! As for Inception, threads share only the weights: each takes its images through the whole
//! network. A weight is read from memory once for the tokens of a group of images, which is seldom
//! enough.

mod buffers;
mod embed;
mod engine;
mod network;

pub use engine::CpuVit;
