//! Options of a download.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use crate::hub::environment::non_empty_var;
use crate::hub::hugging_face::HuggingFace;
use crate::hub::locate::cache_folder;
use crate::hub::manifest::Published;

/// Options of a download.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// Another address than the published one: `http://` or `https://`, of the file itself or, with
    /// a slash at its end, of a folder that holds it under its own name.
    pub url: Option<String>,
    /// The folder that the file goes to; `None` is an error.
    pub folder: Option<PathBuf>,
    /// Whether downloads are forbidden. A file that exists is still found.
    pub offline: bool,
    /// The longest that finding and reaching the server may take.
    pub connect: Duration,
    /// The longest that the server may send nothing.
    pub stall: Duration,
    /// How often a transfer that breaks off is resumed.
    pub resumptions: u32,
    /// The pause before each resumption.
    pub pause: Duration,
    /// A file of certificates (PEM) to trust in place of Mozilla's.
    pub certificates: Option<PathBuf>,
    /// How Hugging Face is reached, for files that are published there.
    pub hugging_face: HuggingFace,
}

impl DownloadOptions {
    /// The defaults, with the settings of the environment: `FID_GPU_WEIGHTS_URL` (see
    /// [`DownloadOptions::url`]), `FID_GPU_CACHE` (see [`cache_folder`]), `FID_GPU_OFFLINE`
    /// (anything but `0` forbids downloads), `SSL_CERT_FILE` and those of [`HuggingFace::from_env`].
    pub fn from_env() -> Self {
        let offline = non_empty_var("FID_GPU_OFFLINE").is_some_and(|value| value != "0");
        Self {
            url: env::var("FID_GPU_WEIGHTS_URL").ok().filter(|url| !url.is_empty()),
            certificates: non_empty_var("SSL_CERT_FILE").map(PathBuf::from),
            offline,
            hugging_face: HuggingFace::from_env(),
            ..Self::new(cache_folder())
        }
    }

    /// The defaults, regardless of the environment.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            url: None,
            folder,
            offline: false,
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            resumptions: 5,
            pause: Duration::from_secs(1),
            certificates: None,
            hugging_face: HuggingFace::default(),
        }
    }

    /// The address that the file of an entry is downloaded from.
    pub(super) fn url_of(&self, entry: &Published) -> String {
        match &self.url {
            None => self.hugging_face.url_of(entry).unwrap_or_else(|| entry.url.to_string()),
            Some(folder) if folder.ends_with('/') => format!("{folder}{}", entry.file),
            Some(url) => url.clone(),
        }
    }

    /// The token for the address of an entry: of Hugging Face alone.
    #[cfg(feature = "download")]
    pub(super) fn token_of(&self, entry: &Published) -> Option<&str> {
        let is_there = self.url.is_none() && self.hugging_face.url_of(entry).is_some();
        self.hugging_face.token.as_deref().filter(|_| is_there)
    }
}
