//! From decoded images to the network's input, on the device: resize to 299×299, gray to RGB, u8 to
//! scaled f32.
//!
//! - [`PackedBatch`]: images of any sizes in one upload; [`BatchBytes`]: what they take there; `tables`:
//!   what is of a preset.
//! - `one_pass`: every output value from its rectangle of pixels; for the 2×2 of the bilinear modes.
//! - `two_pass`: columns first, then rows; for filters that grow with the image.
//! - `bytes`: two passes in integers, in the order Pillow has; for the filters that round to bytes.
//! - `kernel`: what the GPU kernels share; `planes`: what their CPU twins share.

mod batch;
mod batch_bytes;
pub(crate) mod bytes;
mod kernel;
pub(crate) mod one_pass;
pub(crate) mod packed;
mod plan;
pub(crate) mod planes;
mod tables;
pub(crate) mod two_pass;

pub use batch::{PackedBatch, UploadedBatch};
pub use batch_bytes::BatchBytes;
pub(crate) use plan::{Finish, Lines, Passes, Plan, columns_first};

/// Side of the network's input, in pixels.
pub(crate) const SIZE: usize = fid_core::NETWORK_SIZE;
