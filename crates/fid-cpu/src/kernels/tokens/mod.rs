//! The operations of a vision transformer on the CPU.
//!
//! Tokens are `f32`, `[panel][channel][LANES]`: a vector holds one channel of several tokens. So no
//! operation needs sums across a vector, every token is computed in the same order wherever it
//! lies, and matrices are read as the weights' file has them, value by value.

mod attention;
mod functions;
mod linear;
mod norm;
mod values;

pub use attention::{HEAD, HeadMemory, attention, softmax};
pub use functions::{Function, gate, map};
pub use linear::{Affine, Into, linear};
pub use norm::{Norm, norm};
pub use values::{LANES, Tokens};
