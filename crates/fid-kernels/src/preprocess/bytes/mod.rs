//! Two passes, each rounded to bytes as Pillow does it ([`fid_core::Rounding::ToBytes`]), in integers:
//! results are equal on every device. A pass along the lines of an image is followed by one across
//! them; lines are rows, or columns where Pillow begins with these.

pub(crate) mod host;
pub(crate) mod kernel;

/// Bits behind the point of weights and sums.
pub(crate) const POINT: u32 = fid_core::FIXED_POINT.ilog2();
/// What a sum starts with, so that cutting off its fraction rounds half up.
pub(crate) const HALF: i32 = 1 << (POINT - 1);
