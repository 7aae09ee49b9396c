//! Sets of images: a folder, an archive, an array or a list as one ordered list.
//!
//! Nothing is decoded when a set is opened. Anything that would silently change the number of
//! images is an error: dropping an image changes the score.

mod archive;
mod array;
mod cifar;
mod content;
mod error;
mod folder;
mod foreign;
mod identity;
mod idx;
mod image_set;
mod kind;
mod layout;
mod left_out;
mod list;
mod missing;
mod names;
mod numpy;
mod opened;
mod ordered;
mod parts;
mod passed_over;
mod range;
mod reading;
mod shards;
mod table_set;
mod tar_archive;
mod unread;
mod utf16;
mod zip_archive;

pub use error::{ArchiveProblem, ArrayProblem, SetError};
pub use folder::ImageFolder;
pub use image_set::ImageSet;
pub use list::STANDARD_INPUT;
pub use names::EXTENSIONS;
pub use numpy::{holds_images_among_others, npz_content};
pub(crate) use opened::{Content, Opened};
pub use passed_over::is_passed_over;
pub use reading::{Images, SetReader};
pub use unread::Unread;
