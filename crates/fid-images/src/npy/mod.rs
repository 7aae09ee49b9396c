//! NumPy's `.npy` format: headers of versions 1 to 3 in either order.
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>
//!
//! Nothing is allocated that a file merely claims: headers have a limit, and values are counted by
//! the caller.
//!
//! ```
//! use fid_images::npy::{Dtype, read_header, read_values, write_header, write_values};
//!
//! let mut file = Vec::new();
//! write_header(&mut file, Dtype::F32, &[2])?;
//! write_values(&mut file, &[0.5, 1.5], f32::to_le_bytes)?;
//!
//! let mut reader = &file[..];
//! assert_eq!(read_header(&mut reader)?.shape, [2]);
//! assert_eq!(read_values(&mut reader, 2, f32::from_le_bytes)?, [0.5, 1.5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dtype;
mod error;
mod float;
mod header;
mod read;
mod write;

pub use dtype::Dtype;
pub use error::{NpyError, is_object};
pub use float::Float;
pub use header::Header;
pub use read::{read_header, read_values, require_dtype, require_shape};
pub use write::{write_header, write_values};
