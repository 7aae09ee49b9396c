//! The sizes of a convolution or pooling.

use fid_weights::inception::Window;

use super::after::After;
use super::tile::Tile;

/// A launch of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvPlan {
    pub(crate) geometry: Geometry,
    pub(crate) tile: Tile,
    pub(crate) after: After,
}

/// The reduction of a pooling window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The maximum of the values inside the image.
    Max,
    /// The mean of the values inside the image.
    Average,
}

/// Sizes that kernels need to find their pixels and channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Geometry {
    pub(crate) window: Window,
    /// Height and width of the input.
    pub(crate) input: [usize; 2],
    pub(crate) in_channels: usize,
    /// Channels of a row of the input, of which the kernel reads `in_channels`.
    pub(crate) in_row: usize,
    /// The first channel to read.
    pub(crate) in_offset: usize,
    /// Height and width of the output.
    pub(crate) output: [usize; 2],
    pub(crate) images: usize,
    /// Channels to write.
    pub(crate) filters: usize,
    /// Channels of the destination, which may be a concatenation.
    pub(crate) out_channels: usize,
    /// The first channel to write.
    pub(crate) out_offset: usize,
    /// How many of the channels, the last ones, go to a second destination, which has no others.
    pub(crate) beside: usize,
}

impl Geometry {
    /// Output pixels of all images.
    pub(crate) fn pixels(&self) -> usize {
        self.images * self.output[0] * self.output[1]
    }
}
