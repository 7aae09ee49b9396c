//! Folders named by the environment.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// An environment variable, unless it is unset or empty.
pub(super) fn non_empty_var(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The folder in which Python's programs keep their caches: they follow the XDG rules on every
/// system.
pub(super) fn home_folder() -> Option<PathBuf> {
    let home = dirs::home_dir().map(|home| home.join(".cache"));
    non_empty_var("XDG_CACHE_HOME").map(PathBuf::from).or(home)
}
