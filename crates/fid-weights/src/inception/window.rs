//! The window of a convolution or a pool.

/// The window of a convolution or a pool, which moves over an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Height and width, in pixels.
    pub size: [usize; 2],
    /// Step from one pixel of the result to the next, the same both ways.
    pub stride: usize,
    /// Zeros above and below, left and right.
    pub padding: [usize; 2],
}

impl Window {
    /// Height and width of the result for an image of height and width `input`, which with its
    /// padding is at least as large as the window.
    pub fn output(&self, input: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|k| (input[k] + 2 * self.padding[k] - self.size[k]) / self.stride + 1)
    }
}
