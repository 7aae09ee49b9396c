//! Reading the packed layout on the CPU; [`super::PackedBatch`] documents and writes it.

/// Words of an image's entry in [`PackedBatch::images`](super::PackedBatch::images).
pub const IMAGE_WORDS: usize = 9;

/// An image's entry, unpacked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) first_byte: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// First row of the vertical axis' table.
    pub(crate) rows: usize,
    /// First row of the horizontal axis' table.
    pub(crate) columns: usize,
    /// Whether the preset, if it rounds to bytes, resizes the columns first.
    pub(crate) columns_first: bool,
}

impl Entry {
    /// Unpacks the entry of image `index` for the preset at `order` in the batch's list.
    pub(crate) fn of(images: &[u32], index: usize, order: u32) -> Self {
        let words = &images[index * IMAGE_WORDS..][..IMAGE_WORDS];
        // Words 5 and 6 are places in the intermediate buffers of the GPU kernels.
        let [first_byte, width, channels, rows, columns] =
            [words[0], words[1], words[2], words[3], words[4]].map(|word| word as usize);
        Self {
            first_byte,
            width,
            channels,
            rows,
            columns,
            columns_first: words[7] >> order & 1 == 1,
        }
    }
}

/// The tables of all axes: `taps` `[rows,3]` and the weights they refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a, W = f32> {
    pub(crate) taps: &'a [u32],
    pub(crate) weights: &'a [W],
}

impl<'a, W> Tables<'a, W> {
    /// First source pixel and weights of an output position, for the table that starts at row
    /// `table`.
    pub(crate) fn at(&self, table: usize, output: usize) -> (usize, &'a [W]) {
        let tap = &self.taps[(table + output) * 3..][..3];
        let weights = &self.weights[tap[2] as usize..][..tap[1] as usize];
        (tap[0] as usize, weights)
    }
}
