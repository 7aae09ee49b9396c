//! The definition of resizing: the input pixels of each output position, and their weights.

mod antialias;
mod axis_table;
mod bilinear;
mod build;
mod nearest;
mod pillow;

pub use axis_table::AxisTable;
