//! What the tests share: bounds, comparison, generated images, fixtures, the devices.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod close;
pub mod devices;
pub mod fixtures;
pub mod images;
pub mod tolerance;
