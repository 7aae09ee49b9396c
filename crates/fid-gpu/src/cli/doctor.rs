//! `fid-gpu doctor`: describes this machine and checks every stage on a device.

use std::fmt::Write;

use clap::Args;
use fid_core::{DeviceChoice, Precision};
use serde::Serialize;

use super::OutputArgs;
use crate::Error;
use crate::device::{Device, list_devices};
use crate::doctor::{Check, Examined, examine};
use crate::observer::Observer;
use crate::provenance::Versions;

/// The arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The device to try: auto, cpu, vulkan, metal, dx12 or webgpu, with :INDEX to
    /// choose among several
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub device: DeviceChoice,

    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The result of `doctor`.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    versions: Versions,
    /// The lines of `fid-gpu devices`.
    devices: Vec<String>,
    /// The lines of `fid-gpu weights where`.
    weights: Vec<String>,
    /// The device that ran the stages.
    device: String,
    /// The kernels of its network; `None` if it was not loaded.
    kernels: Option<String>,
    checks: Vec<Check>,
}

impl Doctor {
    /// Describes the machine and runs every stage.
    ///
    /// # Errors
    ///
    /// [`Error::Device`] if the device cannot be opened. A failed stage is not an error, see
    /// [`Diagnosis::failed`].
    pub fn run(&self, observer: &dyn Observer) -> Result<Diagnosis, Error> {
        let lines = |text: String| text.lines().map(str::to_owned).collect();
        let device = Device::open(self.device)?;
        device.decide(Precision::F32, crate::weights::cache_folder().as_deref());
        let Examined { kernels, checks } = examine(&device, observer);
        Ok(Diagnosis {
            versions: Versions::default(),
            devices: lines(list_devices()),
            weights: lines(super::weights::places(crate::weights::current())),
            device: device.to_string(),
            kernels,
            checks,
        })
    }
}

impl Diagnosis {
    /// The stages whose result is out of bounds or missing.
    pub fn failed(&self) -> usize {
        self.checks.iter().filter(|check| !check.passed()).count()
    }

    /// The diagnosis as text.
    pub fn text(&self) -> String {
        let mut text = format!("fid-gpu {}, burn {}\n", self.versions.fid_gpu, self.versions.burn);
        let mut section = |title: &str, lines: &[String]| {
            text += &format!("\n{title}\n");
            lines.iter().for_each(|line| text += &format!("  {line}\n"));
        };
        section("Devices", &self.devices);
        section("Weights", &self.weights);
        let checks: Vec<_> = self.checks.iter().map(line).collect();
        let kernels = self.kernels.as_deref().unwrap_or("no network");
        let title = format!("Each stage on {} ({kernels}), drift from the originals", self.device);
        section(&title, &checks);
        // Writing to a string cannot fail.
        let _ = match self.failed() {
            0 => writeln!(text, "\nAll is well: values of this device can be trusted."),
            failed => writeln!(
                text,
                "\n{failed} of {} stages failed: do not trust values of this device. Update its \
                 driver, or use --device cpu; if that fails too, it is a bug in fid-gpu.",
                self.checks.len()
            ),
        };
        text
    }
}

fn line(check: &Check) -> String {
    let Check { stage, bound, seconds, .. } = check;
    let verdict = if check.passed() { "ok" } else { "FAILED" };
    let found = match (check.drift, &check.error) {
        (Some(drift), _) if *bound == 0.0 => format!("{drift} (must be exact)"),
        (Some(drift), _) => format!("{drift:.1e} (bound {bound:.0e})"),
        (None, error) => error.clone().unwrap_or_default(),
    };
    format!("{verdict:6}  {stage:32} {found:24} {seconds:.2} s")
}
