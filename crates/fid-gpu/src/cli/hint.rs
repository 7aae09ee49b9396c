//! The way out of an error on the command line: the flags that the library's texts do not name.

use fid_core::{DeviceError, EngineError, Metric};

use crate::stats_file::StatsError;
use crate::threshold::ThresholdError;
#[cfg(feature = "download")]
use crate::weights::DownloadProblem;
use crate::weights::{ExportError, ImportError, ManualInstall};
use crate::{Error, ImageOutput};

const DEVICE: &str = "--batch-size N runs fewer images at once; --device cpu uses the CPU.";
const SKIP_BAD: &str = "--skip-bad skips images that cannot be read.";
const SPATIAL: &str = "`fid-gpu stats --spatial` writes the statistics of sFID.";

/// What to do about an error, in terms of the command line; to be printed after it.
pub fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::Source { error, .. } if error.can_be_skipped() => SKIP_BAD.into(),
        Error::Decode(_) => SKIP_BAD.into(),
        Error::UnknownOrigin { .. } => "--assume-preset NAME names the preset.".into(),
        Error::NeedsImages { metric, .. } => format!("Or leave {metric} out of --metrics."),
        Error::NeedsSpatial { .. } => format!("{SPATIAL} Or leave sfid out of --metrics."),
        Error::NeedsRows { what, .. } => format!("Or leave {} out.", flag(*what)),
        Error::NoClasses { .. } => "Or leave --per-class out.".into(),
        Error::Cache { .. } => "--cache names the folder.".into(),
        Error::TooFewFor { metric, .. } => metric_hint(*metric),
        Error::NotComparable { differences, .. } => comparable_hint(differences)?,
        Error::NotFinite { .. } => "--weights names the weights; --device cpu uses the CPU.".into(),
        Error::Device(DeviceError::Precision { .. }) => {
            "--precision f32 works on every device.".into()
        }
        Error::Device(
            DeviceError::NoAdapter { .. }
            | DeviceError::NoIndex { .. }
            | DeviceError::Unsupported { .. }
            | DeviceError::Open { .. },
        ) => "`fid-gpu devices` lists the devices; --device cpu uses the CPU.".into(),
        Error::DeviceLost { .. }
        | Error::OutOfMemory { .. }
        | Error::Panic { .. }
        | Error::Engine(EngineError::Failed { .. } | EngineError::OutOfMemory { .. }) => {
            DEVICE.into()
        }
        Error::Stats(StatsError::SpatialMissing { .. }) => SPATIAL.into(),
        Error::Stats(StatsError::NotMergeable { .. }) => {
            "`fid-gpu stats` and `fid-gpu merge` write such files.".into()
        }
        Error::NoWeights(missing) => format!(
            "Downloading is switched off; `fid-gpu weights fetch` does it.\n{}",
            manual_install(&missing.manual_install)
        ),
        #[cfg(feature = "download")]
        Error::Download(error) => {
            let manual_install = manual_install(&error.manual_install);
            match download_flag(&error.problem) {
                Some(flag) => format!("{flag}\n{manual_install}"),
                None => manual_install,
            }
        }
        Error::Verify(_) => "`fid-gpu weights fetch` downloads the published file.".into(),
        Error::Import(ImportError::SeveralFiles { .. }) => {
            "`fid-gpu weights export FILE.safetensors --weights GRAPH.onnx` writes one file.".into()
        }
        Error::Import(ImportError::NotPublished { .. }) => {
            "Use it with --weights, or import it anyway with --force.".into()
        }
        Error::Export(ExportError::Exists { .. }) => "--force replaces it.".into(),
        _ => return None,
    };
    Some(text)
}

/// What to do about a report that the FID cannot be compared with.
pub fn threshold_hint(error: &ThresholdError) -> Option<String> {
    match error {
        ThresholdError::Empty { .. }
        | ThresholdError::NotAReport { .. }
        | ThresholdError::Schema { .. } => Some("--json and --jsonl write reports.".into()),
        ThresholdError::NotComparable { differences, .. } => comparable_hint(differences),
        _ => None,
    }
}

/// What to do about a metric for which a set is too small.
pub fn metric_hint(metric: Metric) -> String {
    let setting = match metric {
        Metric::Kid => "pass a smaller --kid-subset-size, or ",
        Metric::InceptionScore => "pass fewer --is-splits, or ",
        Metric::Prdc => "pass fewer --neighbours, or ",
        _ => "",
    };
    format!("For {metric}, {setting}leave it out of --metrics.")
}

/// The flags behind the differences of two sides or runs.
fn comparable_hint(differences: &[String]) -> Option<String> {
    let flags = [("preset", "--preset"), ("weights", "--weights"), ("precision", "--precision")];
    let flags = flags.into_iter().filter(|(word, _)| {
        differences.iter().any(|difference| difference.split(' ').next() == Some(word))
    });
    let flags: Vec<_> = flags.map(|(_, flag)| flag).collect();
    (!flags.is_empty()).then(|| format!("{} must be the same for both.", flags.join(", ")))
}

fn flag(output: ImageOutput) -> &'static str {
    match output {
        ImageOutput::OtherPresets => "all but one --preset",
        ImageOutput::PerClass => "--per-class",
        ImageOutput::SaveFeatures => "--save-features",
        ImageOutput::SaveLogits => "--save-logits",
        ImageOutput::Interval => "--interval",
        ImageOutput::Outliers => "--outliers",
    }
}

#[cfg(feature = "download")]
fn download_flag(problem: &DownloadProblem) -> Option<&'static str> {
    match problem {
        DownloadProblem::Offline => Some("--offline or FID_GPU_OFFLINE forbids downloads."),
        DownloadProblem::Url { .. } => Some("`fid-gpu weights import` takes a local file."),
        DownloadProblem::Stalled { .. } => {
            Some("`fid-gpu weights fetch --timeout SECONDS` allows more time.")
        }
        DownloadProblem::Connection { .. }
        | DownloadProblem::Redirects { .. }
        | DownloadProblem::Status { .. }
        | DownloadProblem::Size { .. }
        | DownloadProblem::TooLong { .. }
        | DownloadProblem::Range
        | DownloadProblem::Hash { .. } => {
            Some("`fid-gpu weights fetch --url URL` or FID_GPU_WEIGHTS_URL names a mirror.")
        }
        _ => None,
    }
}

fn manual_install(install: &ManualInstall) -> String {
    format!(
        "{install}\nor pass it with --weights FILE, which also takes an ONNX or safetensors file of the \
         same network.\nTo try the program without it, --weights seeded draws random weights; their \
         values are not comparable with published FID."
    )
}
