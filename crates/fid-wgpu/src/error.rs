//! From Burn's errors and panics to the engine's.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::backend::ExecutionError;
use burn::prelude::*;
use fid_core::EngineError;

/// Lines and characters that are kept of a device's words: a backtrace may follow them.
const KEPT: (usize, usize) = (4, 300);

/// Tells a device that failed from one that is lost, which Burn calls poisoned.
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

/// Runs something on a device. Burn and the drivers below it panic as well as return errors; after a
/// panic the device itself says whether it is lost.
pub(crate) fn guard<T>(
    device: &Device,
    run: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = beginning(words(&*panic));
        let state = catch_unwind(AssertUnwindSafe(|| device.sync()));
        Err(match state {
            Ok(Err(ExecutionError::DevicePoisoned { .. })) => EngineError::DeviceLost { message },
            _ => EngineError::Failed { message },
        })
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the driver panicked")
}

/// The beginning of a text, in one line.
fn beginning(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(KEPT.0).collect::<Vec<_>>().join(" ").chars().take(KEPT.1).collect()
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
