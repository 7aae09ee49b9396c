//! The published weights: what they must be, where they are looked for, how they get there.
//!
//! [`find`] looks for the file, [`fetch`] downloads it, [`import`] takes it from a local file,
//! [`check`] compares a file with the manifest, [`Export`] writes weights for other programs.

mod by_hand;
mod check;
mod export;
mod fetch;
mod import;
mod lock;
mod manifest;
mod packed;
mod places;

pub use by_hand::ByHand;
pub use check::{CheckError, check};
pub use export::{Export, ExportError};
pub use fetch::{FetchError, FetchOptions, FetchProblem, fetch};
pub use import::{ImportError, Imported, import};
pub use manifest::{Published, current, published};
pub use packed::{load, packed_files};
pub use places::{NotFound, cache_folder, find, places};

use std::path::PathBuf;

use crate::Error;
use crate::observer::Observer;

/// The published weights on this machine, downloaded first if they are not there and `options`
/// allow it.
///
/// # Errors
///
/// [`Error::NoWeights`] without options, [`Error::Fetch`] where the download fails. Both say what
/// to put where by hand.
pub fn find_or_fetch(
    options: Option<&FetchOptions>,
    observer: &dyn Observer,
) -> Result<PathBuf, Error> {
    match (find(), options) {
        (Ok(path), _) => Ok(path),
        (Err(missing), None) => Err(missing.into()),
        (Err(_), Some(options)) => Ok(fetch(current(), options, observer)?),
    }
}
