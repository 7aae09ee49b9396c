//! Tokens in memory.

use std::ops::Range;

use crate::kernels::PANEL;

/// Tokens in a panel.
pub const LANES: usize = PANEL;

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
    pub(super) fn channel(
        &self,
        tokens: Range<usize>,
        channel: usize,
    ) -> impl Iterator<Item = &[f32]> {
        (tokens.start / LANES..tokens.end.div_ceil(LANES)).map(move |panel| {
            let start = tokens.start.saturating_sub(panel * LANES);
            let end = LANES.min(tokens.end - panel * LANES);
            &self.values[(panel * self.channels + channel) * LANES..][start..end]
        })
    }
}
