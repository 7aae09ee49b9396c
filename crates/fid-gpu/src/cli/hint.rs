//! The way out of an error on the command line: the flags that the library's texts do not name.

use fid_core::{DeviceError, EngineError, Metric, Preparation};
use fid_images::decode::DecodeError;
use fid_onnx::OnnxProblem;

use super::prepare::flags;
use crate::features::{FeatureError, FeatureProblem};
use crate::observer::Side;
use crate::references::ReferenceError;
use crate::source::SetError;
use crate::stats_file::StatsError;
use crate::threshold::ThresholdError;
use crate::weights::{DownloadError, DownloadProblem, ExportError, ImportError, ManualInstall};
use crate::{Error, ImageOutput, Suite};

const DEVICE: &str = "--batch-size N runs fewer images at once; --device cpu uses the CPU.";
const SKIP_BAD: &str = "--skip-bad skips images that cannot be read.";
const SPATIAL: &str = "`fid-gpu stats --spatial` writes the statistics of sFID.";

/// What to do about an error, in terms of the command line; to be printed after it.
pub fn hint(error: &Error) -> Option<String> {
    let text = match error {
        Error::Source { error, .. } if error.can_be_skipped() => SKIP_BAD.into(),
        Error::Decode(DecodeError::Prepare { .. }) => {
            format!("--resize N enlarges images whose shorter side is less than N. {SKIP_BAD}")
        }
        Error::Decode(_) => SKIP_BAD.into(),
        Error::Unread { .. } => "Without --strict they are left out, with a note.".into(),
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
        Error::TooFewFor { metric, at_most, .. } => metric_hint(*metric, Some(*at_most)),
        Error::Core(error) => core_hint(error)?,
        Error::Features(FeatureError { problem: FeatureProblem::Numbers(error), .. }) => {
            core_hint(error)?
        }
        Error::NotComparable { differences, preset: Some(preset), .. } => {
            let others: Vec<_> =
                differences.iter().filter(|it| !it.starts_with("preset ")).cloned().collect();
            let others = comparable_hint(&others).map(|hint| format!(" {hint}"));
            format!("--preset {preset} does that.{}", others.unwrap_or_default())
        }
        Error::NotComparable { differences, .. } => comparable_hint(differences)?,
        Error::OtherPreparation { side, recorded, asked, .. } => {
            preparation_hint(*side, *recorded, *asked)
        }
        Error::TooFewToSample { .. } => "--samples names the number for both sides.".into(),
        Error::SampleOfStatistics { count, .. } => {
            format!(
                "`fid-gpu stats DIR --samples {count} -o FILE.npz` draws images, then writes a file."
            )
        }
        Error::Onnx(error) => match error.problem {
            OnnxProblem::NoSize => "--input-size gives it.".into(),
            OnnxProblem::ChooseOutput { .. } => "--output-node names one.".into(),
            _ => return None,
        },
        Error::OnlyOfModels { .. } => {
            "--input-… and --output-node go with --encoder FILE.onnx.".into()
        }
        Error::NotFinite { .. } => "--weights names the weights; --device cpu uses the CPU.".into(),
        Error::Device(DeviceError::Precision { .. }) => {
            "--precision f32 works on every device.".into()
        }
        Error::Device(
            DeviceError::NoAdapter { .. }
            | DeviceError::NoIndex { .. }
            | DeviceError::Hidden { .. }
            | DeviceError::Visible { .. }
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
        Error::Reference(ReferenceError::Download(error)) => reference_hint(error),
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

/// What to do about a metric for which a set is too small. `at_most` is the largest value of its
/// setting, 0 if no value would do.
pub fn metric_hint(metric: Metric, at_most: Option<usize>) -> String {
    let flag = match metric {
        Metric::Kid => "--kid-subset-size",
        Metric::InceptionScore => "--is-splits",
        Metric::Prdc => "--neighbours",
        _ => "",
    };
    match at_most {
        None if flag.is_empty() => format!("Or do not select {metric}."),
        Some(0) => format!("Or do not select {metric}."),
        Some(at_most) => format!("Pass {flag} {at_most} or less, or do not select {metric}."),
        None => format!("Pass a smaller {flag}, or do not select {metric}."),
    }
}

/// The flag of a setting that a metric refuses.
fn core_hint(error: &fid_core::Error) -> Option<String> {
    use fid_core::Error::{Neighbours, NotEnoughImages, Setting};
    let flag = match error {
        Setting { name: "number of KID subsets", .. } => "--kid-subsets",
        Setting { name: "KID subset size", .. } => "--kid-subset-size",
        Setting { name: "number of splits", .. } => "--is-splits",
        Setting { name: "number of neighbours", .. } | Neighbours { .. } => "--neighbours",
        NotEnoughImages { metric: "a KID subset", .. } => "--kid-subset-size",
        _ => return None,
    };
    match *error {
        Neighbours { num_rows: 0 | 1, .. } | NotEnoughImages { available: 0 | 1, .. } => None,
        Neighbours { num_rows, .. } => Some(format!("Pass {flag} {} or less.", num_rows - 1)),
        NotEnoughImages { available, .. } => Some(format!("Pass {flag} {available} or less.")),
        _ => Some(format!("Pass a larger {flag}.")),
    }
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
    let flags = [
        ("preset", "--preset"),
        ("weights", "--weights"),
        ("precision", "--precision"),
        ("preparation", "--resize, --filter and --center-crop"),
    ];
    let flags = flags.into_iter().filter(|(word, _)| {
        differences.iter().any(|difference| difference.split(' ').next() == Some(word))
    });
    let flags: Vec<_> = flags.map(|(_, flag)| flag).collect();
    (!flags.is_empty()).then(|| format!("{} must be the same for both.", flags.join(", ")))
}

/// The options that agree with a statistics file, and those that make it again.
fn preparation_hint(side: Side, recorded: Preparation, asked: Preparation) -> String {
    let again = if asked.is_none() {
        "`fid-gpu stats` without such options makes it again.".into()
    } else {
        format!("`fid-gpu stats` with {} makes it again.", flags(Side::Input, asked))
    };
    match (recorded.is_none(), side) {
        (false, _) => format!("{} agrees with the file; {again}", flags(side, recorded)),
        (true, Side::Real) => {
            format!("--fake-resize and --fake-center-crop leave the real side as it is; {again}")
        }
        (true, _) => {
            format!("--real-resize and --real-center-crop leave the fake side as it is; {again}")
        }
    }
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

/// The way out of a failed download of a reference.
fn reference_hint(error: &DownloadError) -> String {
    let flag = match &*error.problem {
        DownloadProblem::Offline => {
            "`fid-gpu refs fetch NAME` downloads it, unless --offline or FID_GPU_OFFLINE forbids that.\n"
        }
        DownloadProblem::Changed(_) => return "`fid-gpu refs where NAME` shows the files.".into(),
        _ => "`fid-gpu refs fetch NAME --url URL` or FID_GPU_REFS_URL names a mirror.\n",
    };
    format!("{flag}{}", error.manual_install)
}

fn manual_install(install: &ManualInstall) -> String {
    format!(
        "{install}\nor pass it with --weights FILE, which also takes an ONNX or safetensors file of the \
         same network.\nTo try the program without it, --weights seeded draws random weights; their \
         values are not comparable with published FID."
    )
}
