//! What the tests share: bounds, comparison, generated images, fixtures, the devices.

pub mod close;
pub mod cpu_time;
pub mod devices;
pub mod fixtures;
pub mod folders;
pub mod images;
pub mod pth;
pub use fid_core::tolerance;
