//! Where the published weights are looked for.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::{ByHand, Published, current};

/// The published file is in none of the places where it is looked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "no weights: {file} is in none of\n  {}\nand downloading it is switched off; \
     `fid-gpu weights fetch` does that.\n{by_hand}",
    searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n  ")
)]
pub struct NotFound {
    /// Name of the file.
    pub file: String,
    /// Where it was looked for.
    pub searched: Vec<PathBuf>,
    /// What to put where.
    pub by_hand: Box<ByHand>,
}

/// The published weights on this machine: in our own cache folder, or where PyTorch keeps them for
/// pytorch-fid.
///
/// # Errors
///
/// [`NotFound`], which says what to put where.
pub fn find() -> Result<PathBuf, NotFound> {
    let entry = current();
    let searched = places(entry);
    match searched.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(NotFound {
            file: entry.file.clone(),
            searched,
            by_hand: Box::new(ByHand::new(entry, cache_folder())),
        }),
    }
}

/// Where the file of an entry is looked for, in this order: our cache folder, then torch.hub's.
pub fn places(entry: &Published) -> Vec<PathBuf> {
    let torch = set("TORCH_HOME").map(PathBuf::from).or_else(|| {
        // torch.hub follows the XDG rules on every system.
        let home = dirs::home_dir().map(|home| home.join(".cache"));
        set("XDG_CACHE_HOME").map(PathBuf::from).or(home).map(|cache| cache.join("torch"))
    });
    let torch = torch.map(|torch| torch.join("hub").join("checkpoints"));
    let folders = cache_folder().into_iter().chain(torch);
    folders.map(|folder| folder.join(&entry.file)).collect()
}

/// The folder in which fid-gpu keeps weights: the environment variable `FID_GPU_CACHE`, else
/// `fid-gpu` in the platform's cache folder. None where the machine has neither.
pub fn cache_folder() -> Option<PathBuf> {
    let own = set("FID_GPU_CACHE").map(PathBuf::from);
    own.or_else(|| dirs::cache_dir().map(|cache| cache.join("fid-gpu")))
}

/// An environment variable, where it is set to something.
pub(super) fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
