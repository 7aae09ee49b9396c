//! What follows a convolution in its kernel.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::lengths::Four;
use crate::kernels::math::{QUICK, gelu, sigmoid_gate};

/// What a convolution does with a sum before it stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum After {
    /// Nothing.
    Nothing,
    /// Cuts off negative values.
    Relu,
    /// `x·Φ(x)`, where Φ is the normal distribution's.
    Gelu,
    /// `x·σ(1.702·x)`, where σ is the logistic function.
    QuickGelu,
    /// Adds it to the value at its place in the destination.
    Add,
}

/// The value to store for a sum; `there` is the value at its place, which counts for
/// [`After::Add`] alone.
#[cube]
pub(crate) fn finish(sum: f32, there: f32, #[comptime] after: After) -> f32 {
    match comptime!(after) {
        After::Nothing => sum,
        After::Relu => f32::max(sum, 0.0f32),
        After::Gelu => gelu(sum),
        After::QuickGelu => sigmoid_gate(sum, f32::new(QUICK)),
        After::Add => there + sum,
    }
}

/// As [`finish`], for four values.
#[cube]
pub(crate) fn finish_four(sum: Four, there: Four, #[comptime] after: After) -> Four {
    let mut finished = sum;
    #[unroll]
    for k in 0..4usize {
        finished.insert(k, finish(sum.extract(k), there.extract(k), after));
    }
    finished
}
