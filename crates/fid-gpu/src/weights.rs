//! Where the published weights are looked for, and what they must be.

use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::Deserialize;

/// An entry of `weights/manifest.toml`.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Published {
    /// Short name.
    pub name: String,
    /// Name of the file.
    pub file: String,
    /// Where it is published.
    pub url: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its hash, lower-case hex.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
}

#[derive(Deserialize)]
struct Manifest {
    weights: Vec<Published>,
}

/// The published weights that this program knows, from `weights/manifest.toml`.
pub fn published() -> &'static [Published] {
    static MANIFEST: OnceLock<Vec<Published>> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let text = include_str!("../../../weights/manifest.toml");
        // Compiled in, and read by a test.
        toml::from_str::<Manifest>(text).map(|manifest| manifest.weights).unwrap_or_default()
    })
}

/// The published file is in none of the places where it is looked for.
#[derive(Debug, thiserror::Error)]
#[error(
    "no weights: pass --weights FILE with {file} from\n  {url}\n\
     (or an ONNX or safetensors file of the same network), or put it in one of\n  {}\n\
     To try the program without it, --weights seeded draws random weights; \
     their values are not comparable with published FID",
    searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n  ")
)]
pub struct NotFound {
    /// Name of the file.
    pub file: String,
    /// Where it is published.
    pub url: String,
    /// Where it was looked for.
    pub searched: Vec<PathBuf>,
}

/// The published weights on this machine: in our own cache folder, or where PyTorch keeps them for
/// pytorch-fid.
///
/// # Errors
///
/// [`NotFound`], which says what to put where.
pub fn find() -> Result<PathBuf, NotFound> {
    let known = published().first();
    let file = known.map(|entry| entry.file.clone()).unwrap_or_default();
    let searched = folders().into_iter().map(|folder| folder.join(&file)).collect::<Vec<_>>();
    match searched.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => {
            let url = known.map(|entry| entry.url.clone()).unwrap_or_default();
            Err(NotFound { file, url, searched })
        }
    }
}

/// Our cache folder first, then torch.hub's.
fn folders() -> Vec<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = dirs::cache_dir();
    let torch = set("TORCH_HOME").or_else(|| {
        // torch.hub follows the XDG rules on every system.
        let home = dirs::home_dir().map(|home| home.join(".cache"));
        set("XDG_CACHE_HOME").or(home).map(|cache| cache.join("torch"))
    });
    let ours = cache.map(|cache| cache.join("fid-gpu"));
    ours.into_iter().chain(torch.map(|torch| torch.join("hub").join("checkpoints"))).collect()
}
