//! What can go wrong on a device.

use burn::backend::ExecutionError;

/// A failure while a kernel's input is prepared, or its result read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A tensor of features has another width than the statistics.
    #[error("features have {got} columns, expected {expected}")]
    Width {
        /// Columns the statistics have.
        expected: usize,
        /// Columns the tensor has.
        got: usize,
    },
    /// The device failed; it says why.
    #[error("the device failed: {message}; a smaller --batch-size or --device cpu may help")]
    Device {
        /// The device's own words.
        message: String,
    },
    /// The device is gone, and with it everything on it; it says why.
    #[error(
        "the device was lost: {message}. Its driver was restarted, it ran out of memory or took too \
         long; run again, with a smaller --batch-size or with --device cpu"
    )]
    Lost {
        /// The device's own words.
        message: String,
    },
    /// The features are no basis for statistics: one is not a number, or there are too few.
    #[error(transparent)]
    Statistics(#[from] fid_core::Error),
}

impl KernelError {
    /// Tells a device that failed from one that is lost, which Burn calls poisoned.
    pub(crate) fn execution(error: ExecutionError) -> Self {
        match error {
            ExecutionError::DevicePoisoned { reason } => Self::Lost { message: begin(&reason) },
            ExecutionError::WithContext { reason } | ExecutionError::Generic { reason, .. } => {
                Self::Device { message: begin(&reason) }
            }
        }
    }

    /// Wraps an error of Burn, which has several types for it.
    pub(crate) fn device(error: impl std::fmt::Debug) -> Self {
        Self::Device { message: format!("{error:?}") }
    }
}

/// The beginning, in one line: a backtrace may follow.
fn begin(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(WORDS.0).collect::<Vec<_>>().join(" ").chars().take(WORDS.1).collect()
}

/// Lines and characters that are kept of a device's words.
const WORDS: (usize, usize) = (4, 300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_device_is_a_lost_one() {
        let reason =
            "Unknown: Not enough memory left.\n\nBacktrace:\n  0: a\n  1: b\n  2: c".into();
        let error = KernelError::execution(ExecutionError::DevicePoisoned { reason });
        let message = error.to_string();
        assert!(matches!(error, KernelError::Lost { .. }), "{message}");
        assert!(message.contains("Not enough memory left") && !message.contains('\n'), "{message}");
        let failed = ExecutionError::with_context("Several failures at once\n  out of memory");
        let error = KernelError::execution(failed);
        assert!(matches!(error, KernelError::Device { .. }), "{error}");
        assert!(error.to_string().contains("at once out of memory"), "{error}");
    }
}
