//! `fid-gpu watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::How;
use crate::EvalConfig;
use crate::watch::{WatchConfig, compared};

/// The arguments of `watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// The folder in which a training run makes a folder of samples now and then
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Real images, or better a statistics file of them
    #[arg(long, value_name = "INPUT")]
    pub real: PathBuf,

    /// Compare the folders that are there and end
    #[arg(long)]
    pub once: bool,

    /// Seconds between two looks; a folder is complete when nothing changed from one to the next
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub every: Duration,

    /// How.
    #[command(flatten)]
    pub how: How,
}

impl Watch {
    /// The plan that these arguments ask for. What the journal has already is not done again.
    ///
    /// # Errors
    ///
    /// Where the journal cannot be read.
    pub fn config(&self) -> std::io::Result<WatchConfig> {
        let run: EvalConfig = self.how.config(&self.real, &self.folder);
        let known = self.how.gate.jsonl.as_deref().map(compared).transpose()?;
        let known = known.unwrap_or_default();
        Ok(WatchConfig { run, once: self.once, every: self.every, known })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|time| *time >= Duration::from_millis(10) && *time < Duration::from_secs(1 << 32))
        .ok_or_else(|| format!("'{text}' is no number of seconds"))
}
