//! Where the values of an image lie.

use std::ops::Range;

use fid_weights::inception::Window;

/// How the images of one value lie in memory: image, row, pixel, channel, with zeros around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Rows, without the border.
    pub height: usize,
    /// Pixels of a row, without the border.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
    /// Rows of zeros above, pixels of zeros to the left.
    pub before: [usize; 2],
    /// Rows of zeros below, pixels of zeros to the right.
    pub after: [usize; 2],
}

impl Layout {
    /// Values of a row, border included.
    pub fn row_len(&self) -> usize {
        (self.before[1] + self.width + self.after[1]) * self.channels
    }

    /// Values of an image, border included.
    pub fn image_len(&self) -> usize {
        (self.before[0] + self.height + self.after[0]) * self.row_len()
    }

    /// Where the first channel of a pixel lies.
    pub fn at(&self, image: usize, y: usize, x: usize) -> usize {
        let row = (y + self.before[0]) * self.row_len();
        image * self.image_len() + row + (x + self.before[1]) * self.channels
    }

    /// Where the window of an output pixel begins; the border holds its padding.
    pub(super) fn window(&self, window: &Window, image: usize, y: usize, x: usize) -> usize {
        let [above, left] = window.padding;
        self.at(image, y * window.stride, x * window.stride)
            - above * self.row_len()
            - left * self.channels
    }

    /// Where the rows of an image lie, without the border.
    pub fn rows(self, image: usize) -> impl Iterator<Item = Range<usize>> {
        (0..self.height).map(move |y| {
            let start = self.at(image, y, 0);
            start..start + self.width * self.channels
        })
    }

    /// Widens the border to what a reader asks for.
    pub fn widen(&mut self, before: [usize; 2], after: [usize; 2]) {
        for axis in 0..2 {
            self.before[axis] = self.before[axis].max(before[axis]);
            self.after[axis] = self.after[axis].max(after[axis]);
        }
    }

    /// Whether there is a border at all.
    pub fn has_border(&self) -> bool {
        [self.before, self.after] != [[0; 2]; 2]
    }

    /// Writes the zeros of the border.
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

/// Where an operation writes: some channels of a value.
#[derive(Debug)]
pub struct Output<'a> {
    /// The value.
    pub values: &'a mut [f32],
    /// How it lies in memory.
    pub layout: Layout,
    /// The first channel that is written.
    pub channel: usize,
}

impl Output<'_> {
    pub(super) fn at(&self, image: usize, y: usize, x: usize) -> usize {
        self.layout.at(image, y, x) + self.channel
    }
}
