//! The way out of an error on the command line: the flags that the library's texts do not name.

use fid_core::{DeviceError, EngineError, Metric};

use crate::source::SetError;
use crate::stats_file::StatsError;
use crate::threshold::ThresholdError;
#[cfg(feature = "download")]
use crate::weights::DownloadProblem;
use crate::weights::{ExportError, ImportError, ManualInstall};
use crate::{Error, ImageOutput, Suite};

const DEVICE: &str = "--batch-size N runs fewer images at once; --device cpu uses the CPU.";
const SKIP_BAD: &str = "--skip-bad skips images that cannot be read.";
const SPATIAL: &str = "`fid-gpu stats --spatial` writes the statistics of sFID.";

/// What to do about an error, in terms of the command line; to be printed after it.
pub fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::Source { error, .. } if error.can_be_skipped() => SKIP_BAD.into(),
        Error::Decode(_) => SKIP_BAD.into(),
        Error::Source { error: SetError::IsFeatures { .. }, .. } => {
            "`fid-gpu frechet`, `fid-gpu kid` and `fid-gpu prdc` compare features.".into()
        }
        Error::UnknownOrigin { likely: Some((_, preset)), .. } => {
            format!("--assume-preset {preset} names it.")
        }
        Error::UnknownOrigin { .. } => "--assume-preset NAME names the preset.".into(),
        Error::OtherFeatures { .. } => {
            "`fid-gpu frechet A.npz B.npz` compares statistics of any network.".into()
        }
        Error::Lacking { metric, suite, swapped, .. } => lacking_hint(*metric, *suite, *swapped),
        Error::NeedsRows { what, .. } => format!("Or leave {} out.", flag(*what)),
        Error::NoClasses { .. } => "Or leave --per-class out.".into(),
        Error::Cache { .. } => "--cache names the folder.".into(),
        Error::TooFewFor { metric, .. } => metric_hint(*metric),
        Error::NotComparable { differences, preset: Some(preset), .. } => {
            let others: Vec<_> =
                differences.iter().filter(|it| !it.starts_with("preset ")).cloned().collect();
            let others = comparable_hint(&others).map(|hint| format!(" {hint}"));
            format!("--preset {preset} does that.{}", others.unwrap_or_default())
        }
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

/// What to do about a metric that needs more than a statistics file contains.
fn lacking_hint(metric: Metric, suite: Option<Suite>, swapped: bool) -> String {
    let swapped = if swapped {
        "Are the two sides swapped? The first, or --real, is the reference. "
    } else {
        ""
    };
    let makes = match metric {
        Metric::InceptionScore => String::new(),
        Metric::Sfid => format!("{SPATIAL} "),
        Metric::Fid64 | Metric::Fid192 | Metric::Fid768 => {
            "`fid-gpu stats --dims` writes those of one layer. ".into()
        }
        _ => "`fid-gpu stats --with-features` keeps the features. ".into(),
    };
    match suite {
        None => format!("{swapped}{makes}Or leave {metric} out of --metrics."),
        Some(suite) => {
            let preset = suite.preset();
            let others = suite.metrics();
            let others: Vec<_> =
                others.iter().filter(|&it| it != metric).map(Metric::name).collect();
            let others = others.join(",");
            let makes = match metric {
                Metric::InceptionScore => String::new(),
                _ => format!(
                    "`fid-gpu stats --suite {suite}` writes files that have what it needs. "
                ),
            };
            format!(
                "{swapped}--suite {suite} computes {metric}. {makes}Or leave {metric} out: --preset {preset} \
                 --metrics {others}."
            )
        }
    }
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
