//! `fid-gpu watch`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::How;
use crate::EvalConfig;
use crate::watch::{WatchConfig, compared};

/// The arguments of `watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The folder in which a training run writes its folders of samples
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Real images, or better their statistics file
    #[arg(long, value_name = "INPUT")]
    pub real: PathBuf,

    /// Compare the existing folders and exit
    #[arg(long)]
    pub once: bool,

    /// Seconds between two looks; a folder is complete when nothing in it changes between them
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub every: Duration,

    /// How to compare.
    #[command(flatten)]
    pub how: How,
}

impl Watch {
    /// The library's configuration; skips the comparisons in the file of `--jsonl`.
    ///
    /// # Errors
    ///
    /// As [`How::config`], and if that file cannot be read.
    pub fn config(&self) -> anyhow::Result<WatchConfig> {
        let run: EvalConfig = self.how.config(&self.real, &self.folder)?;
        let known = self.how.threshold.jsonl.as_deref().map(compared).transpose();
        let known = known.context("cannot read the file of --jsonl")?;
        let known = known.unwrap_or_default();
        Ok(WatchConfig { run, once: self.once, every: self.every, known })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|time| *time >= Duration::from_millis(10) && *time < Duration::from_secs(1 << 32))
        .ok_or_else(|| format!("'{text}' is not a number of seconds from 0.01"))
}
