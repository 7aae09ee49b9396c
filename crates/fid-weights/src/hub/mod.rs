//! The published weights: finding the file, downloading it, importing and exporting weights.
//!
//! [`find`] looks for the file, `download` fetches it (Cargo feature `download`), [`import`] takes
//! it from a local file, [`verify`] compares a file with the published one, [`Export`] writes
//! weights for other programs, and [`load`] loads weights through their packed form.

mod cache;
mod download;
mod environment;
mod export;
mod hugging_face;
mod import;
mod locate;
mod lock;
mod manifest;
mod manual_install;
mod progress;
mod verify;

pub use cache::{load, load_vit, packed_files};
pub use download::{DownloadError, DownloadOptions, DownloadProblem, download};
pub use export::{Export, ExportError};
pub use hugging_face::HuggingFace;
pub use import::{ImportError, Imported, import};
pub use locate::{NotFound, cache_folder, find, find_entry, locations};
pub use manifest::{Published, current, entry};
pub use manual_install::ManualInstall;
pub use progress::Progress;
pub use verify::{VerifyError, recorded, verify};
