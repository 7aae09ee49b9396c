//! Facts about a file's decoding, read from its header.

/// Size of an image and memory that decoding it takes, from the headers alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Width of the decoded image in pixels; of a TIFF before it is turned upright.
    pub width: u64,
    /// Height in pixels.
    pub height: u64,
    /// The most bytes that the decoder's buffers and the image take at any time, without the file
    /// itself and without the tables, windows and rows that do not grow with the image's area.
    pub memory: u64,
}

impl Probe {
    pub(super) fn new(width: usize, height: usize, memory: u64) -> Self {
        Self { width: width as u64, height: height as u64, memory }
    }
}
