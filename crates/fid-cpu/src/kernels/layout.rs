//! The memory layout of activations.

use std::ops::Range;

use fid_weights::inception::Window;

/// Layout of a batch of activations: `[image,row,column,channel]` with a border of zeros around
/// each image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Rows of an image, without the border.
    pub height: usize,
    /// Pixels in a row, without the border.
    pub width: usize,
    /// Values in a pixel.
    pub channels: usize,
    /// Border: rows above, pixels to the left.
    pub before: [usize; 2],
    /// Border: rows below, pixels to the right.
    pub after: [usize; 2],
}

impl Layout {
    /// Number of values in a row, with the border.
    pub fn row_len(&self) -> usize {
        (self.before[1] + self.width + self.after[1]) * self.channels
    }

    /// Number of values in an image, with the border.
    pub fn image_len(&self) -> usize {
        (self.before[0] + self.height + self.after[0]) * self.row_len()
    }

    /// Index of a pixel's first channel.
    pub fn at(&self, image: usize, y: usize, x: usize) -> usize {
        let row = (y + self.before[0]) * self.row_len();
        image * self.image_len() + row + (x + self.before[1]) * self.channels
    }

    /// Index of the first value in an output pixel's window. Padding lies in the border.
    pub(super) fn window(&self, window: &Window, image: usize, y: usize, x: usize) -> usize {
        let [above, left] = window.padding;
        self.at(image, y * window.stride, x * window.stride)
            - above * self.row_len()
            - left * self.channels
    }

    /// Index ranges of an image's rows, without the border.
    pub fn rows(self, image: usize) -> impl Iterator<Item = Range<usize>> {
        (0..self.height).map(move |y| {
            let start = self.at(image, y, 0);
            start..start + self.width * self.channels
        })
    }

    /// Widens the border to at least `before` and `after`.
    pub fn widen(&mut self, before: [usize; 2], after: [usize; 2]) {
        for axis in 0..2 {
            self.before[axis] = self.before[axis].max(before[axis]);
            self.after[axis] = self.after[axis].max(after[axis]);
        }
    }

    /// Whether any side has a border.
    pub fn has_border(&self) -> bool {
        [self.before, self.after] != [[0; 2]; 2]
    }

    /// Fills the borders of the first `images` images of `values` with zeros.
    pub fn clear_border(&self, values: &mut [f32], images: usize) {
        let mut clean = 0;
        for image in 0..images {
            for row in self.rows(image) {
                values[clean..row.start].fill(0.0);
                clean = row.end;
            }
        }
        values[clean..images * self.image_len()].fill(0.0);
    }
}

/// The destination of an operation: consecutive channels of some activations.
#[derive(Debug)]
pub struct Output<'a> {
    /// The memory of all images.
    pub values: &'a mut [f32],
    /// The layout of `values`.
    pub layout: Layout,
    /// The first channel that the operation writes.
    pub channel: usize,
}

impl Output<'_> {
    pub(super) fn at(&self, image: usize, y: usize, x: usize) -> usize {
        self.layout.at(image, y, x) + self.channel
    }
}
