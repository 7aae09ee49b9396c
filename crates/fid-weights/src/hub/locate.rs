//! Locating the published weights on this machine.

use std::path::PathBuf;

use super::environment::{home_folder, non_empty_var};
use super::hugging_face::cached;
use super::manifest::{HUGGING_FACE, Published, current};
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

/// Finds the published weights of Inception on this machine: in our own cache folder, or where
/// PyTorch keeps them for pytorch-fid.
///
/// # Errors
///
/// [`NotFound`].
pub fn find() -> Result<PathBuf, NotFound> {
    find_entry(current())
}

/// Finds a file of an entry on this machine, see [`locations`].
///
/// # Errors
///
/// [`NotFound`].
pub fn find_entry(entry: &Published) -> Result<PathBuf, NotFound> {
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

/// The paths that [`find_entry`] tries, in order: in our cache folder, in torch.hub's, in Hugging
/// Face's.
pub fn locations(entry: &Published) -> Vec<PathBuf> {
    let torch = non_empty_var("TORCH_HOME").map(PathBuf::from);
    let torch = torch.or_else(|| home_folder().map(|cache| cache.join("torch")));
    // What Hugging Face publishes is not torch.hub's.
    let torch = torch.filter(|_| !entry.url.starts_with(HUGGING_FACE));
    let torch = torch.map(|torch| torch.join("hub").join("checkpoints"));
    let folders = cache_folder().into_iter().chain(torch);
    folders.map(|folder| folder.join(&*entry.file)).chain(cached(entry)).collect()
}

/// The folder in which fid-gpu keeps weights: the environment variable `FID_GPU_CACHE`, else
/// `fid-gpu` in the platform's cache folder. `None` if the machine has neither.
pub fn cache_folder() -> Option<PathBuf> {
    let own = non_empty_var("FID_GPU_CACHE").map(PathBuf::from);
    own.or_else(|| dirs::cache_dir().map(|cache| cache.join("fid-gpu")))
}
