//! The clock of a GPU while it works: an idle GPU runs at a fraction of its clock, and a short
//! timing of it measures that.

use std::process::Command;
use std::thread::{JoinHandle, spawn};

/// Asks for the clocks on a thread, to be called while the GPU works.
pub fn ask() -> JoinHandle<Option<String>> {
    spawn(|| nvidia().or_else(amd))
}

/// What `nvidia-smi` says of each card.
fn nvidia() -> Option<String> {
    let query = "--query-gpu=clocks.sm,clocks.max.sm,clocks.mem,power.draw,temperature.gpu";
    let format = "--format=csv,noheader";
    let output = Command::new("nvidia-smi").args([query, format]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim().replace('\n', "; ");
    (output.status.success() && !text.is_empty())
        .then(|| format!("{text} (SM, its most, memory, power, °C)"))
}

/// The marked step of each card's clocks, as Linux's driver for AMD writes them.
fn amd() -> Option<String> {
    let cards = std::fs::read_dir("/sys/class/drm").ok()?;
    let clock = |card: std::io::Result<std::fs::DirEntry>| {
        let steps = std::fs::read_to_string(card.ok()?.path().join("device/pp_dpm_sclk")).ok()?;
        let step = steps.lines().find(|step| step.ends_with('*'))?;
        Some(step.trim_end_matches('*').trim().to_owned())
    };
    let mut clocks: Vec<_> = cards.filter_map(clock).collect();
    clocks.dedup();
    (!clocks.is_empty()).then(|| clocks.join("; "))
}
