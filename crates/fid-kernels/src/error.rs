//! What can go wrong on a device.

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
    /// The features are no basis for statistics: one is not a number, or there are too few.
    #[error(transparent)]
    Statistics(#[from] fid_core::Error),
}

impl KernelError {
    /// Wraps an error of Burn, which has several types for it.
    pub(crate) fn device(error: impl std::fmt::Debug) -> Self {
        Self::Device { message: format!("{error:?}") }
    }
}
