//! What can go wrong with weights. Every message names the file, the cause and the way out.

use std::path::PathBuf;

use super::FileProblem;

/// Weights that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A source that starts like a seed but holds none.
    #[error(
        "`{text}` holds no seed: write `seeded` or `seeded:NUMBER` with a whole number below 2^64, \
         or `./{text}` for a file of that name"
    )]
    Seed {
        /// The text as given.
        text: String,
    },
    /// The file could not be opened or mapped.
    #[error(
        "cannot read the weights file {}: {cause}; give the path of a readable file", file.display()
    )]
    Io {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The file was read, and its content refused.
    #[error("cannot use the weights file {}: {problem}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why, and the way out.
        problem: FileProblem,
    },
    /// Seeded weights that fail the checks every file has to pass: a defect of this program.
    #[error("the weights made from seed {seed} are unusable: {problem}; please report this")]
    Seeded {
        /// The seed.
        seed: u64,
        /// Why.
        problem: FileProblem,
    },
}
