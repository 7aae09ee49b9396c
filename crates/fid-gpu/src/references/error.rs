//! Errors of references by name.

use fid_weights::hub::DownloadError;

/// Why a reference cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// No reference has the name.
    #[error(
        "no file or folder and no public reference is named {name}; the nearest are {}, and \
         `fid-gpu refs list` has all",
        nearest.join(", ")
    )]
    Unknown {
        /// The name.
        name: String,
        /// The names that are near.
        nearest: Vec<String>,
    },
    /// The name has several variants, and none or another was chosen.
    #[error("{name} is not one of {}: name one of them", variants.join(", "))]
    Variants {
        /// The name, with what stands behind `@`.
        name: String,
        /// The full names.
        variants: Vec<String>,
    },
    /// The reference has features of another encoder than the run.
    #[error("{name} is of the encoder {of}, and this run's is {run}: choose the same for both")]
    Encoder {
        /// The full name.
        name: String,
        /// The reference's encoder.
        of: &'static str,
        /// The run's encoder.
        run: String,
    },
    /// The file is not here and cannot be downloaded, or is not the one that was first used.
    #[error(transparent)]
    Download(#[from] DownloadError),
}
