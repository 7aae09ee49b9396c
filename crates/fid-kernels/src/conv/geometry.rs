//! Where a window reads and writes.

use super::{Rows, Slice};
use crate::Window;

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
