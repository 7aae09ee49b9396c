//! Errors of loading weights.

use std::path::{Path, PathBuf};

use crate::format::FileProblem;

/// Weights that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A source that starts with `seeded:` but names no seed.
    #[error(
        "`{text}` holds no seed: write `seeded` or `seeded:NUMBER` with a whole number below 2^64, \
         or `./{text}` for a file of that name"
    )]
    Seed {
        /// The text as given.
        text: String,
    },
    /// The file could not be opened or read.
    #[error("cannot read the weights file {}; give the path of a readable file", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The operating system's error.
        #[source]
        cause: std::io::Error,
    },
    /// A file in which an ONNX graph keeps its weights could not be read.
    #[error(
        "cannot read {}, in which {} keeps weights; put it there, or export the graph with all \
         weights inside",
        data.display(), file.display()
    )]
    Data {
        /// The graph.
        file: PathBuf,
        /// The file that it names.
        data: PathBuf,
        /// The operating system's error.
        #[source]
        cause: std::io::Error,
    },
    /// The content of the file was refused.
    #[error("cannot use the weights file {}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The problem of the content, with the way out.
        #[source]
        problem: FileProblem,
    },
    /// Seeded weights that fail the checks every file has to pass: a defect of this crate.
    #[error("the weights drawn from seed {seed} are unusable; please report this")]
    Seeded {
        /// The seed.
        seed: u64,
        /// The failed check.
        #[source]
        problem: FileProblem,
    },
}

impl WeightsError {
    /// [`WeightsError::File`] for a path.
    pub(crate) fn refused(file: &Path, problem: FileProblem) -> Self {
        Self::File { file: file.into(), problem }
    }
}
