//! Results for programs: a journal, and limits.

use std::path::PathBuf;

use clap::Args;

use crate::gate::{Base, Gate, GateError, Percent};
use crate::journal::{Journal, JournalError};

/// The arguments that follow a series of results.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// Append the JSON object, in one line, to a file
    ///
    /// The file is begun if it is not there. Several runs may append to the same one.
    #[arg(long, value_name = "FILE")]
    pub jsonl: Option<PathBuf>,

    /// End with exit status 1 if the FID is above this
    #[arg(long, value_name = "FID", value_parser = limit)]
    pub fail_above: Option<f64>,

    /// End with exit status 1 if the FID is above that of an earlier run, as --json wrote it
    ///
    /// Of a file with several, as --jsonl appends them, the last counts. With other weights, another
    /// preset or precision, or other numbers of images the two do not compare: exit status 3.
    #[arg(long, value_name = "JSON")]
    pub fail_if_worse_than: Option<PathBuf>,

    /// How much worse than the earlier run it may be
    #[arg(long, value_name = "PERCENT", default_value = "0%", requires = "fail_if_worse_than")]
    pub by: Percent,
}

impl GateArgs {
    /// The limits; reads the earlier run.
    ///
    /// # Errors
    ///
    /// [`GateError`] where it is no report.
    pub fn gate(&self) -> Result<Gate, GateError> {
        let base = self.fail_if_worse_than.as_deref().map(Base::read).transpose()?;
        Ok(Gate { above: self.fail_above, base: base.map(|base| (base, self.by)) })
    }

    /// The journal, opened.
    ///
    /// # Errors
    ///
    /// [`JournalError`] where it cannot be.
    pub fn journal(&self) -> Result<Option<Journal>, JournalError> {
        self.jsonl.as_deref().map(Journal::open).transpose()
    }
}

fn limit(text: &str) -> Result<f64, String> {
    let limit = text.parse().ok().filter(|limit: &f64| limit.is_finite() && *limit >= 0.0);
    limit.ok_or_else(|| format!("'{text}' is no FID: a number from 0"))
}
