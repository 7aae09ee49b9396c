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
            ExecutionError::DevicePoisoned { reason } => {
                Self::Lost { message: first_line(&reason) }
            }
            ExecutionError::WithContext { reason } | ExecutionError::Generic { reason, .. } => {
                Self::Device { message: first_line(&reason) }
            }
        }
    }

    /// Wraps an error of Burn, which has several types for it.
    pub(crate) fn device(error: impl std::fmt::Debug) -> Self {
        Self::Device { message: format!("{error:?}") }
    }
}

/// Without the backtrace that follows.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
