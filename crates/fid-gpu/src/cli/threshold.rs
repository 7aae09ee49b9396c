//! Results for scripts: JSON Lines, and limits.

use std::path::PathBuf;

use clap::Args;

use crate::jsonl::{JsonLines, JsonLinesError};
use crate::threshold::{Baseline, Percent, Threshold, ThresholdError};

/// Arguments of series of results.
#[derive(Debug, Args)]
pub struct ThresholdArgs {
    /// Append the JSON object, in one line, to a file
    ///
    /// Created if missing. Several runs may append to the same file.
    #[arg(long, value_name = "FILE")]
    pub jsonl: Option<PathBuf>,

    /// End with exit status 1 if the FID is above this
    #[arg(long, value_name = "FID", value_parser = limit)]
    pub fail_above: Option<f64>,

    /// End with exit status 1 if the FID is above that of an earlier run, as --json wrote it
    ///
    /// If the file has several, as --jsonl appends them, the last counts. With other weights, another
    /// preset or precision, or other numbers of images the runs are not comparable: exit status 3.
    #[arg(long, value_name = "JSON")]
    pub fail_if_worse_than: Option<PathBuf>,

    /// How much worse than the earlier run the FID may be
    #[arg(long, value_name = "PERCENT", default_value = "0%", requires = "fail_if_worse_than")]
    pub by: Percent,
}

impl ThresholdArgs {
    /// Whether the FID has a limit.
    pub fn any(&self) -> bool {
        self.fail_above.is_some() || self.fail_if_worse_than.is_some()
    }

    /// The limits; reads the earlier run.
    ///
    /// # Errors
    ///
    /// [`ThresholdError`] if the earlier run's file is not a report.
    pub fn threshold(&self) -> Result<Threshold, ThresholdError> {
        let base = self.fail_if_worse_than.as_deref().map(Baseline::read).transpose()?;
        Ok(Threshold { above: self.fail_above, base: base.map(|base| (base, self.by)) })
    }

    /// Opens the file of `--jsonl`.
    ///
    /// # Errors
    ///
    /// [`JsonLinesError`] if it cannot be opened.
    pub fn json_lines(&self) -> Result<Option<JsonLines>, JsonLinesError> {
        self.jsonl.as_deref().map(JsonLines::open).transpose()
    }
}

fn limit(text: &str) -> Result<f64, String> {
    let limit = text.parse().ok().filter(|limit: &f64| limit.is_finite() && *limit >= 0.0);
    limit.ok_or_else(|| format!("'{text}' is no FID: a number from 0"))
}
