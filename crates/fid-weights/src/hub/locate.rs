//! Locating the published weights on this machine.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::manifest::{Published, current};
use super::manual_install::ManualInstall;

/// The published file was not found on this machine.
#[derive(Debug, thiserror::Error)]
#[error("no weights: {file} is in none of{}", list(searched))]
#[non_exhaustive]
pub struct NotFound {
    /// Name of the file.
    pub file: String,
    /// The paths that were tried, in order.
    pub searched: Vec<PathBuf>,
    /// The way out: which file to put where.
    pub manual_install: Box<ManualInstall>,
}

/// The paths, one on each line.
fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("\n  {}", path.display())).collect()
}

/// Finds the published weights on this machine: in our own cache folder, or where PyTorch keeps
/// them for pytorch-fid.
///
/// # Errors
///
/// [`NotFound`].
pub fn find() -> Result<PathBuf, NotFound> {
    let entry = current();
    let searched = locations(entry);
    match searched.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(NotFound {
            file: entry.file.to_string(),
            searched,
            manual_install: Box::new(ManualInstall::new(entry, cache_folder())),
        }),
    }
}

/// The paths that [`find`] tries for the file of an entry, in order: in our cache folder, in
/// torch.hub's.
pub fn locations(entry: &Published) -> Vec<PathBuf> {
    let torch = non_empty_var("TORCH_HOME").map(PathBuf::from).or_else(|| {
        // torch.hub follows the XDG rules on every system.
        let home = dirs::home_dir().map(|home| home.join(".cache"));
        let cache = non_empty_var("XDG_CACHE_HOME").map(PathBuf::from).or(home);
        cache.map(|cache| cache.join("torch"))
    });
    let torch = torch.map(|torch| torch.join("hub").join("checkpoints"));
    let folders = cache_folder().into_iter().chain(torch);
    folders.map(|folder| folder.join(&*entry.file)).collect()
}

/// The folder in which fid-gpu keeps weights: the environment variable `FID_GPU_CACHE`, else
/// `fid-gpu` in the platform's cache folder. `None` if the machine has neither.
pub fn cache_folder() -> Option<PathBuf> {
    let own = non_empty_var("FID_GPU_CACHE").map(PathBuf::from);
    own.or_else(|| dirs::cache_dir().map(|cache| cache.join("fid-gpu")))
}

/// An environment variable, unless it is unset or empty.
pub(super) fn non_empty_var(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
