//! `fid-gpu report`.

use std::path::PathBuf;

use clap::Args;

use super::How;
use crate::{Error, EvalConfig};

/// The arguments of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Real images: a folder, archive, array, list of paths, or a statistics file; see below
    #[arg(value_name = "REAL")]
    pub real: PathBuf,

    /// Generated images, in the same ways
    #[arg(value_name = "FAKE")]
    pub fake: PathBuf,

    /// The HTML file to write; an existing file is replaced
    #[arg(long = "output", short = 'o', value_name = "HTML")]
    pub target: PathBuf,

    /// How to compare.
    #[command(flatten)]
    pub how: How,
}

impl Report {
    /// The library's configuration.
    ///
    /// # Errors
    ///
    /// As [`How::config`].
    pub fn config(&self) -> Result<EvalConfig, Error> {
        self.how.config(&self.real, &self.fake)
    }
}
