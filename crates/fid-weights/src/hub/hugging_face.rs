//! Hugging Face: its address, the user's token and its cache on this machine.
//!
//! Source of the variables and of the folders: huggingface_hub's `constants.py` and its guide on the
//! cache.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::environment::{home_folder, non_empty_var};
use super::manifest::{HUGGING_FACE, Published};

/// How Hugging Face is reached.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HuggingFace {
    /// Another address than `https://huggingface.co`: of a mirror.
    pub endpoint: Option<String>,
    /// The user's token. It is sent to that address, and to no other that it redirects to.
    pub token: Option<String>,
}

impl HuggingFace {
    /// `HF_ENDPOINT`; `HF_TOKEN`, else the content of the file `HF_TOKEN_PATH`, else of `token` in
    /// `HF_HOME`.
    pub fn from_env() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let file = || {
            let named = non_empty_var("HF_TOKEN_PATH").map(PathBuf::from);
            fs::read_to_string(named.or_else(|| Some(home()?.join("token")))?).ok()
        };
        let token = text("HF_TOKEN").or_else(file).map(|token| token.trim().to_owned());
        Self { endpoint: text("HF_ENDPOINT"), token: token.filter(|token| !token.is_empty()) }
    }

    /// The address of a file of Hugging Face under [`Self::endpoint`]; `None` for another address.
    pub(super) fn url_of(&self, entry: &Published) -> Option<String> {
        let path = entry.url.strip_prefix(HUGGING_FACE)?;
        let endpoint = self.endpoint.as_deref().unwrap_or(HUGGING_FACE);
        Some(format!("{}/{path}", endpoint.trim_end_matches('/')))
    }
}

impl fmt::Debug for HuggingFace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "set");
        f.debug_struct("HuggingFace")
            .field("endpoint", &self.endpoint)
            .field("token", &token)
            .finish()
    }
}

/// Where the files of an entry are in the cache, or would be.
pub(super) fn cached(entry: &Published) -> Vec<PathBuf> {
    let hub = non_empty_var("HF_HUB_CACHE").map(PathBuf::from);
    let Some(hub) = hub.or_else(|| Some(home()?.join("hub"))) else { return Vec::new() };
    let path = |[repository, file]: &[&str; 2]| snapshot(&hub, repository).join(file);
    entry.hugging_face.iter().map(path).collect()
}

/// The folder of a repository's newest version, which `refs/main` names.
fn snapshot(hub: &Path, repository: &str) -> PathBuf {
    let folder = hub.join(format!("models--{}", repository.replace('/', "--")));
    let version = fs::read_to_string(folder.join("refs").join("main")).unwrap_or_default();
    // Nothing but the name of a folder is taken from the file.
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    folder.join("snapshots").join(Some(version.trim()).filter(is_name).unwrap_or("main"))
}

/// The folder of Hugging Face's programs.
fn home() -> Option<PathBuf> {
    let own = non_empty_var("HF_HOME").map(PathBuf::from);
    own.or_else(|| Some(home_folder()?.join("huggingface")))
}
