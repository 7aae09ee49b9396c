//! The packed layout as the CPU twins read it; [`super::PackedBatch`] writes and explains it.

/// Words of an image's entry.
pub(crate) const IMAGE_WORDS: usize = 6;

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
}

impl Entry {
    /// The entry of image `index`.
    pub(crate) fn of(images: &[u32], index: usize) -> Self {
        let words = &images[index * IMAGE_WORDS..][..IMAGE_WORDS];
        // The last word is for the intermediate of two passes, which the CPU does not have.
        let [first_byte, width, channels, rows, columns] =
            [words[0], words[1], words[2], words[3], words[4]].map(|word| word as usize);
        Self { first_byte, width, channels, rows, columns }
    }
}

/// The tables of all axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a> {
    pub(crate) taps: &'a [u32],
    pub(crate) weights: &'a [f32],
}

impl<'a> Tables<'a> {
    /// First source pixel and weights of an output position of a table.
    pub(crate) fn at(&self, table: usize, output: usize) -> (usize, &'a [f32]) {
        let tap = &self.taps[(table + output) * 3..][..3];
        let weights = &self.weights[tap[2] as usize..][..tap[1] as usize];
        (tap[0] as usize, weights)
    }
}
