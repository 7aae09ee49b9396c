//! What the images of a side are, besides what they show: formats, sizes, gray and transparent ones,
//! repeats, colours. Sentences name what differs between two sides and moves a distance on its own.
//!
//! Everything is about the images as decoded, before any preset. It is counted in integers, so that
//! neither batches nor threads nor the feature cache change it. Memory: 16 bytes an image (a hash and
//! its place), and 24 bytes for each distinct size.

mod colours;
mod compare;
mod facts;
mod repeats;
mod sentences;
mod tally;
#[cfg(test)]
mod tests;

pub use self::colours::Colours;
pub(crate) use self::compare::differences;
pub use self::facts::{Census, Extent, FormatCount, SizeCount};
pub(crate) use self::repeats::Contents;
pub(crate) use self::tally::Tally;
