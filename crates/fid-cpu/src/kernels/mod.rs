//! The network's operations on the CPU: convolution with bias and ReLU, and pooling.
//!
//! Values are `f32` in rows of pixels of channels ([`Layout`]), inside borders of zeros as wide as
//! their readers ask for, so that no kernel looks at an edge. A kernel runs on one thread, writes
//! where it is told and allocates nothing but what its [`Scratch`] lacks; who calls it decides what
//! runs side by side.
//!
//! Every kernel is written once over [`pulp::Simd`] and compiled for each instruction set of
//! [`Isa`](crate::Isa). The order of a pixel's sums depends on neither its place nor its neighbours: a result
//! is the same to the bit in any batch.

mod direct;
mod layout;
mod pool;
mod tile;
mod winograd;

pub use direct::{DirectFilter, Finish, Target};
pub use layout::{Layout, Output};
pub use pool::{average, max};
pub use tile::PANEL;
pub use winograd::{Scratch, WinogradFilter};
