//! Where a window reads and writes.

use fid_weights::inception::Window;

use super::tile::Tile;

/// How a convolution runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvPlan {
    pub(crate) geometry: Geometry,
    pub(crate) tile: Tile,
    /// Whether negative values become 0.
    pub(crate) relu: bool,
}

/// How pooling reduces a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The largest value inside the image.
    Max,
    /// The average of the values inside the image.
    Average,
}

/// Everything that a kernel needs to find its pixels and channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Geometry {
    pub(crate) window: Window,
    /// Height and width of the input.
    pub(crate) input: [usize; 2],
    pub(crate) in_channels: usize,
    /// Height and width of the result.
    pub(crate) output: [usize; 2],
    pub(crate) images: usize,
    /// Channels that are written.
    pub(crate) filters: usize,
    /// Channels of the destination.
    pub(crate) out_channels: usize,
    /// The first channel that is written.
    pub(crate) out_offset: usize,
}

impl Geometry {
    /// Pixels of the result, over all images.
    pub(crate) fn pixels(&self) -> usize {
        self.images * self.output[0] * self.output[1]
    }
}
