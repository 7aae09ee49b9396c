//! The network's operations on the CPU: convolution with bias and ReLU, and pooling.
//!
//! Activations are `f32`, NHWC, with a border of zeros that is wide enough for every reader
//! ([`Layout`]), so kernels need no special case at the edges. A kernel runs on one thread and
//! allocates only to grow its [`Scratch`]; the caller decides what runs in parallel.
//!
//! Every kernel is written once over [`pulp::Simd`] and compiled for each instruction set of
//! [`Isa`](crate::Isa). The order of a pixel's sums depends neither on its position nor on its
//! neighbours, so results are the same to the bit in any batch.

mod direct;
mod layout;
mod pool;
mod tile;
pub mod tokens;
mod winograd;

pub use direct::{DirectFilter, Finish, Target};
pub use layout::{Layout, Output};
pub use pool::{average, max};
pub use tile::PANEL;
pub use winograd::{Scratch, WinogradFilter};
