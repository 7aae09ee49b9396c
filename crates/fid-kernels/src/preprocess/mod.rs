//! From decoded images to the network's input, on the device: resize to 299×299, gray to RGB, u8 to
//! scaled f32.
//!
//! - [`PackedBatch`]: images of any sizes in one upload.
//! - `one_pass`: every output value from its rectangle of pixels; for the 2×2 of the bilinear modes.
//! - `two_pass`: columns first, then rows; for filters that grow with the image.
//! - `planes`: what the CPU twins of both share.

mod batch;
pub(crate) mod one_pass;
pub(crate) mod packed;
mod plan;
pub(crate) mod planes;
pub(crate) mod two_pass;

pub use batch::PackedBatch;
pub(crate) use plan::{Finish, Passes, Plan};

/// Side of the network's input, in pixels.
pub(crate) const SIZE: usize = fid_core::NETWORK_SIZE;
