//! Colour tables.

/// Up to 256 colours. An index beyond the table is black, as in Pillow.
pub(super) struct Palette(Vec<[u8; 3]>);

impl Palette {
    /// From `R G B` triples; an incomplete one at the end is dropped.
    pub(super) fn from_rgb(table: &[u8]) -> Self {
        Self(table.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect())
    }

    /// From `B G R` entries of `stride` bytes each (3 or 4).
    pub(super) fn from_bgr(table: &[u8], stride: usize) -> Self {
        Self(table.chunks_exact(stride).map(|c| [c[2], c[1], c[0]]).collect())
    }

    /// Whether each colour is the gray of its own index, so that the table changes nothing.
    pub(super) fn is_identity(&self) -> bool {
        self.0.iter().enumerate().all(|(i, colour)| colour.iter().all(|&v| usize::from(v) == i))
    }

    /// Indices to RGB triples.
    pub(super) fn apply(&self, indices: &[u8]) -> Vec<u8> {
        indices
            .iter()
            .flat_map(|&i| self.0.get(usize::from(i)).copied().unwrap_or([0; 3]))
            .collect()
    }
}
