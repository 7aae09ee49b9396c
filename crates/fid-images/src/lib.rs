//! Image files to pixels, exactly as Pillow's `Image.open(path).convert("RGB")` decodes them, and
//! sets of images: folders, archives, Parquet and Arrow tables, NumPy arrays, lists of paths.
//!
//! - [`decode`](mod@decode) turns one image file into an [`Image8`](fid_core::Image8). Each format
//!   is a Cargo feature.
//! - [`set`] opens a folder, an archive, a table, an array or a list as one ordered list of images.
//! - [`prefetch`] decodes a set on several threads, in order and within a memory budget.
//! - [`npy`] reads and writes NumPy's `.npy` format; [`npz`] tells what an `.npz` file holds; [`zip`]
//!   reads the members of zip archives.
//!
//! ```
//! use std::path::Path;
//!
//! // A plain PPM image of two pixels: red and blue.
//! let file = b"P3 2 1 255  255 0 0  0 0 255";
//! let decoded = fid_images::decode::decode_data(Path::new("two.ppm"), file)?;
//! assert_eq!((decoded.image.height(), decoded.image.width()), (1, 2));
//! assert_eq!(decoded.image.pixels(), [255, 0, 0, 0, 0, 255]);
//! # Ok::<(), fid_images::decode::DecodeError>(())
//! ```

mod causes;
mod content_key;
pub mod decode;
mod limited;
pub mod npy;
pub mod npz;
mod panic;
mod pixels;
pub mod prefetch;
mod printable;
pub mod set;
mod shared_file;
mod skipped;
mod table;
pub mod zip;

pub use causes::with_causes;
pub use content_key::ContentKey;
pub use panic::panic_message;
pub use pixels::PixelSummary;
pub use printable::printable;
pub use shared_file::read_exact_at;
pub use skipped::Skipped;

/// A hash of this crate's sources: the version of its decoders.
pub const SOURCES: &str = env!("SOURCES");
