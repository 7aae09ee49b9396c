//! What is named becomes a list of images.
//!
//! Nothing is decoded here. Whatever would silently change the number of images is an error: a set
//! with fewer images has another distance.

mod archive;
mod array;
mod cifar;
mod cursor;
mod error;
mod folder;
mod idx;
mod kind;
mod layout;
mod list;
mod names;
mod npy;
mod opened;
mod range;
mod reading;
mod set;
mod stream;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

pub use array::ArrayProblem;
use cursor::Cursor;
pub(crate) use cursor::read_exact_at;
pub use error::SourceError;
pub use folder::ImageFolder;
pub(crate) use list::STANDARD_INPUT;
pub use names::EXTENSIONS;
pub(crate) use npy::{has_first, holds_images};
pub(crate) use opened::Opened;
pub(crate) use reading::{Images, SetReader};
pub use set::ImageSet;
