//! Operations of vision transformers on tokens: [`Activations`] of images one pixel high, a row of
//! channels for each token.

use burn::prelude::*;
use fid_core::Precision;

use crate::activations::Activations;
use crate::kernels::tokens::launch::Counts;
use crate::ops::{FidOps, Ops};

fn counts(tokens: &Activations) -> Counts {
    let [height, width] = tokens.size();
    Counts { images: tokens.images(), tokens: height * width }
}

/// Tokens for `channels` channels that a kernel wrote.
fn written(data: burn::backend::tensor::FloatTensor<Ops>, counts: Counts) -> Activations {
    Activations::of_kernel(data, counts.images, [1, counts.tokens])
}

/// Subtracts the mean of each token, divides by `√(variance + epsilon)`, scales and shifts. `affine`
/// is the scale of every channel, then the shift of every channel.
///
/// # Panics
///
/// If the tokens are not f32, or `affine` has another length.
pub fn layer_norm(tokens: &Activations, affine: &Tensor<1>, epsilon: f32) -> Activations {
    let counts = counts(tokens);
    let affine = affine.clone().into_dispatch();
    written(Ops::layer_norm(tokens.dispatch(), affine, counts, epsilon), counts)
}

/// For each head of 64 channels `softmax(Q·Kᵀ/√64)·V` among the tokens of an image. `qkv` has the
/// channels of all queries, then of all keys and of all values, head after head.
///
/// # Panics
///
/// If the tokens are not f32, or their channels not three times whole heads.
pub fn attention(qkv: &Activations) -> Activations {
    let counts = counts(qkv);
    written(Ops::attention(qkv.dispatch(), counts), counts)
}

/// `a·σ(a)·b` of the halves `[a,b]` of each token's channels, where σ is the logistic function.
///
/// # Panics
///
/// If the tokens are not f32, or half of their channels is not a multiple of four.
pub fn gate(tokens: &Activations) -> Activations {
    let counts = counts(tokens);
    written(Ops::gate(tokens.dispatch(), counts), counts)
}

/// Tokens from the patches of each image: the rows of `table`, `[1 + patches,channels]`, plus, but
/// for the first, the patches.
///
/// # Panics
///
/// If the patches are not f32, or the table has another size.
pub fn embed(patches: &Activations, table: &Tensor<2>) -> Activations {
    let Counts { images, tokens } = counts(patches);
    let counts = Counts { images, tokens: tokens + 1 };
    written(Ops::embed(patches.dispatch(), table.clone().into_dispatch(), counts), counts)
}

/// Uninitialised tokens for a kernel to write.
pub(crate) fn empty_like(tokens: &Activations, channels: usize, device: &Device) -> Activations {
    Activations::empty(tokens.images(), tokens.size(), channels, Precision::F32, device)
}
