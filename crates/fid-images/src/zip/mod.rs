//! Zip archives: the directory by the `zip` crate, members here.
//!
//! A [`Member`] is only a position and a few numbers, so that many threads can unpack members of
//! one open archive. Sizes that a directory claims are checked against its other claims, unpacked
//! bytes against size and checksum.

mod checked;
mod directory;
mod error;
mod member;

pub use checked::MemberReader;
pub use directory::{Directory, Entry};
pub use error::{MemberProblem, ZipError};
pub use member::{MAX_DEFLATE_RATIO, Member};
