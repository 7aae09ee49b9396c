//! Where a window reads and writes.

use super::{Rows, Slice};

/// A window that moves over an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height and width.
    pub size: [usize; 2],
    /// Stride, the same both ways.
    pub stride: usize,
    /// Padding above and below, left and right.
    pub padding: [usize; 2],
}

impl Window {
    /// Height and width of the result for an image of height and width `input`, which with its
    /// padding is at least as large as the window.
    pub fn output(&self, input: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|k| (input[k] + 2 * self.padding[k] - self.size[k]) / self.stride + 1)
    }
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
    /// The geometry of a call.
    ///
    /// # Panics
    ///
    /// Where the destination does not fit: a mistake of the caller.
    pub(crate) fn new(window: &Window, input: &Rows, out: &Slice, filters: usize) -> Self {
        assert_eq!(window.output(input.size()), out.rows.size(), "size of the destination");
        assert_eq!(input.images(), out.rows.images(), "images of the destination");
        assert!(out.offset + filters <= out.rows.channels(), "slice of the destination");
        Self {
            window: *window,
            input: input.size(),
            in_channels: input.channels(),
            output: out.rows.size(),
            images: input.images(),
            filters,
            out_channels: out.rows.channels(),
            out_offset: out.offset,
        }
    }

    /// Pixels of the result, over all images.
    pub(crate) fn pixels(&self) -> usize {
        self.images * self.output[0] * self.output[1]
    }
}
