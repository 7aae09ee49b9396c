//! The operations of a vision transformer on the CPU.
//!
//! Tokens are `f32`, `[panel][channel][LANES]`: a vector holds one channel of several tokens. So no
//! operation needs sums across a vector, every token is computed in the same order wherever it
//! lies, and matrices are read as the weights' file has them, value by value.

mod attention;
mod functions;
mod linear;
mod norm;

use std::ops::Range;

pub use attention::{HEAD, HeadMemory, attention, softmax};
pub use functions::{Function, gate, map};
pub use linear::{Affine, Into, linear};
pub use norm::{Norm, norm};

/// Tokens in a panel.
pub const LANES: usize = super::PANEL;

/// Tokens of some images, one after the other; the last panel may have tokens that do not count.
#[derive(Debug, Default)]
pub struct Tokens {
    values: Vec<f32>,
    channels: usize,
}

impl Tokens {
    /// Tokens in a buffer, which keeps its content as far as it goes.
    pub fn new(mut values: Vec<f32>, tokens: usize, channels: usize) -> Self {
        values.resize(tokens.next_multiple_of(LANES) * channels, 0.0);
        Self { values, channels }
    }

    /// Values of a token.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of panels.
    pub fn panels(&self) -> usize {
        self.values.len() / (self.channels * LANES)
    }

    /// `[panel][channel][LANES]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The buffer.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The place of a token's first channel; the others follow at steps of [`LANES`].
    pub fn place(&self, token: usize) -> usize {
        token / LANES * self.channels * LANES + token % LANES
    }

    /// As [`Self::values`].
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// One channel of some tokens, in pieces.
    fn channel(&self, tokens: Range<usize>, channel: usize) -> impl Iterator<Item = &[f32]> {
        (tokens.start / LANES..tokens.end.div_ceil(LANES)).map(move |panel| {
            let start = tokens.start.saturating_sub(panel * LANES);
            let end = LANES.min(tokens.end - panel * LANES);
            &self.values[(panel * self.channels + channel) * LANES..][start..end]
        })
    }
}
