//! Kernels of vision transformers beside their matrices, in f32.
//!
//! A token is a row of channels ([`crate::Activations`] of images one pixel high); every kernel also
//! writes the row of zeros behind the last token.

mod attention;
mod elementwise;
pub(crate) mod launch;
mod norm;
