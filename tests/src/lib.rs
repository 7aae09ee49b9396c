//! Shared by tests and examples: tolerances, comparison, generated images, fixtures, devices,
//! timing.

pub mod browser;
pub mod clocks;
pub mod close;
pub mod devices;
pub mod fixtures;
pub mod folders;
pub mod images;
pub mod timing;
pub use fid_core::tolerance;
