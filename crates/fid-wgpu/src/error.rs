//! Converting errors and panics of Burn and its drivers to [`EngineError`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::backend::ExecutionError;
use burn::prelude::*;
use fid_core::EngineError;

/// Lines of a device's message to keep; a backtrace may follow them.
const MAX_LINES: usize = 4;

/// Characters of a device's message to keep.
const MAX_CHARS: usize = 300;

/// Converts an error of Burn. Burn calls a lost device poisoned.
pub(crate) fn execution(error: ExecutionError) -> EngineError {
    match error {
        ExecutionError::DevicePoisoned { reason } => {
            EngineError::DeviceLost { message: beginning(&reason) }
        }
        ExecutionError::WithContext { reason } | ExecutionError::Generic { reason, .. } => {
            EngineError::Failed { message: beginning(&reason) }
        }
    }
}

/// Calls `run` and converts a panic to an error: Burn and the drivers below it panic as well as
/// return errors. After a panic, a synchronization with the device shows whether it is lost.
pub(crate) fn guard<T>(
    device: &Device,
    run: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = beginning(panic_message(&*panic));
        let state = catch_unwind(AssertUnwindSafe(|| device.sync()));
        Err(match state {
            Ok(Err(ExecutionError::DevicePoisoned { .. })) => EngineError::DeviceLost { message },
            _ => EngineError::Failed { message },
        })
    })
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the driver panicked")
}

/// The beginning of a message, on one line.
fn beginning(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(MAX_LINES).collect::<Vec<_>>().join(" ").chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poisoned_device_is_lost() {
        let reason =
            "Unknown: Not enough memory left.\n\nBacktrace:\n  0: a\n  1: b\n  2: c".into();
        let error = execution(ExecutionError::DevicePoisoned { reason });
        let message = error.to_string();
        assert!(matches!(error, EngineError::DeviceLost { .. }), "{message}");
        assert!(message.contains("Not enough memory left") && !message.contains('\n'), "{message}");
        let failed = ExecutionError::with_context("Several failures at once\n  out of memory");
        let error = execution(failed);
        assert!(matches!(error, EngineError::Failed { .. }), "{error}");
        assert!(error.to_string().contains("at once out of memory"), "{error}");
    }
}
