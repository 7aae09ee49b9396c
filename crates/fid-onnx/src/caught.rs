//! Panics of rten, caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` and turns a panic into its message.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // The caller drops everything that `work` captured, so no broken state is seen again.
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("it panicked ({})", text.unwrap_or("without a message"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 7), Ok(7));
        let spoiled = |number: usize| [1, 2][number];
        let message = caught(|| spoiled(2)).unwrap_err();
        assert!(message.starts_with("it panicked (index out of bounds"), "{message}");
    }
}
