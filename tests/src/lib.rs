//! What the tests share: bounds, comparison, generated images, fixtures, the devices.

pub mod browser;
pub mod close;
pub mod devices;
pub mod fixtures;
pub mod folders;
pub mod images;
pub mod timing;
pub use fid_core::tolerance;
