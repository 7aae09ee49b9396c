//! The packed layout as the CPU twins read it; [`super::PackedBatch`] writes and explains it.

/// Words of an image's entry.
pub const IMAGE_WORDS: usize = 8;

/// An image's entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) first_byte: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// Table of the vertical axis.
    pub(crate) rows: usize,
    /// Table of the horizontal axis.
    pub(crate) columns: usize,
    /// Whether bytes are resized by columns first.
    pub(crate) columns_first: bool,
}

impl Entry {
    /// The entry of image `index`.
    pub(crate) fn of(images: &[u32], index: usize) -> Self {
        let words = &images[index * IMAGE_WORDS..][..IMAGE_WORDS];
        // Words 5 and 6 are for the intermediates of two passes, which the CPU does not have.
        let [first_byte, width, channels, rows, columns] =
            [words[0], words[1], words[2], words[3], words[4]].map(|word| word as usize);
        Self { first_byte, width, channels, rows, columns, columns_first: words[7] == 1 }
    }
}

/// The tables of all axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a, W = f32> {
    pub(crate) taps: &'a [u32],
    pub(crate) weights: &'a [W],
}

impl<'a, W> Tables<'a, W> {
    /// First source pixel and weights of an output position of a table.
    pub(crate) fn at(&self, table: usize, output: usize) -> (usize, &'a [W]) {
        let tap = &self.taps[(table + output) * 3..][..3];
        let weights = &self.weights[tap[2] as usize..][..tap[1] as usize];
        (tap[0] as usize, weights)
    }
}
