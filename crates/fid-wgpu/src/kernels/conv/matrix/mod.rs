//! Convolution on a GPU's matrix units, in the accuracy of f32.
//!
//! A matrix unit multiplies small matrices of f16 and adds in f32. Each f32 value is split into two
//! f16, `x = high + low`, which keeps 22 of its 24 bits, and a product becomes
//! `high·high + high·low + low·high`. Units truncate their sums, an error of one sign that grows
//! with the length of a sum and from layer to layer, so the sums of each slice of inputs are added to
//! the total by f32 additions, which round.
//!
//! Powers of two, which round nothing, move the values into the range of f16: weights by filter when
//! they are packed, activations by [`sizes::SCALE`]. A workgroup that meets an activation too large
//! for that scale starts again with a smaller one.
//!
//! The kernel is WGSL text ([`text`]), because CubeCL's own matrices cannot be added. Every tile adds
//! in the same order, so the choice of the tile decides speed alone.

mod finish;
pub(crate) mod launch;
mod sizes;
pub(crate) mod split;
pub(crate) mod text;
pub(crate) mod tile;
#[cfg(test)]
mod twin;

pub(crate) use sizes::MatrixPlan;
pub use tile::{Factors, MatrixUnit};
pub(crate) use tile::{SHARED_BYTES, SUBGROUPS, Tile as MatrixTile, Values, all, for_filters};
