//! The way out of an error on the command line: the flags that the library's texts do not name.

use crate::Error;
use crate::weights::{DownloadProblem, ExportError, ImportError, ManualInstall};

/// What to do about an error, in terms of the command line; to be printed after it.
pub fn hint(error: &Error) -> Option<String> {
    match error {
        Error::NoWeights(missing) => Some(format!(
            "Downloading is switched off; `fid-gpu weights fetch` does it.\n{}",
            by_hand(&missing.manual_install)
        )),
        Error::Download(error) => {
            let by_hand = by_hand(&error.manual_install);
            Some(match flag(&error.problem) {
                Some(flag) => format!("{flag}\n{by_hand}"),
                None => by_hand,
            })
        }
        Error::Verify(_) => Some("`fid-gpu weights fetch` downloads the published file.".into()),
        Error::Import(ImportError::NotPublished { .. }) => {
            Some("Use it with --weights, or import it all the same with --force.".into())
        }
        Error::Export(ExportError::Exists { .. }) => Some("--force replaces it.".into()),
        _ => None,
    }
}

fn flag(problem: &DownloadProblem) -> Option<&'static str> {
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

fn by_hand(install: &ManualInstall) -> String {
    format!(
        "{install}\nor pass it with --weights FILE, as also an ONNX or safetensors file of the same \
         network.\nTo try the program without it, --weights seeded draws random weights; their values \
         are not comparable with published FID."
    )
}
