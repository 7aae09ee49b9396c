//! Options for the output.

use clap::Args;

/// Arguments of the output.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Print one JSON object instead of the line
    #[arg(long)]
    pub json: bool,

    /// Print no progress and no notes, only errors
    #[arg(long, short)]
    pub quiet: bool,
}
