//! `fid-gpu weights`: finds, downloads, checks and converts weights.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use fid_weights::WeightsSource;

use crate::Error;
use crate::observer::Observer;
use crate::weights::{self, DownloadOptions, Export, current};

/// A subcommand of `fid-gpu weights`.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// Download the published file into the cache folder, unless it is there already
    ///
    /// Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; SSL_CERT_FILE names trusted
    /// certificates in place of Mozilla's. An interrupted download resumes.
    Fetch(Fetch),
    /// Check that a file is the published one, and load it
    Verify {
        /// The file [default: the file that comparisons use]
        file: Option<PathBuf>,
    },
    /// List the places where weights are searched, and the file in use
    Where,
    /// Copy a local file into the cache folder
    Import {
        /// The file
        file: PathBuf,
        /// Import weights of the network that are not the published file
        #[arg(long)]
        force: bool,
    },
    /// Write the weights for other programs: the ONNX graph of the network, or safetensors
    ///
    /// Batch normalisation is folded into the convolutions. The graph takes
    /// `x[N,3,299,299]`, RGB in about -1 to 1, and gives `pool3[N,2048]` and `logits[N,1008]`.
    Export {
        /// The file to write; its name ends with .onnx or .safetensors
        file: PathBuf,
        /// Weights to write [default: the weights that comparisons use]
        #[arg(long, value_name = "FILE|seeded[:SEED]")]
        weights: Option<WeightsSource>,
        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
}

/// The arguments of a download.
#[derive(Debug, Args)]
pub struct Fetch {
    /// Address of the file or, with / at its end, of the folder that contains it
    ///
    /// The download is verified against the published SHA-256. Default: the environment variable
    /// FID_GPU_WEIGHTS_URL, else the place of publication.
    #[arg(long, visible_alias = "mirror", value_name = "URL")]
    pub url: Option<String>,
    /// Give up after this many seconds without data
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,
}

impl WeightsCommand {
    /// Runs the subcommand and returns its output.
    ///
    /// # Errors
    ///
    /// [`Error`], as each command of [`crate::weights`] returns it.
    pub fn run(&self, observer: &dyn Observer) -> Result<String, Error> {
        match self {
            Self::Fetch(args) => {
                let mut options = DownloadOptions::from_env();
                options.url = args.url.clone().or(options.url);
                options.stall = Duration::from_secs(args.timeout);
                let path = weights::download(current(), &options, observer)?;
                Ok(format!("{}\n", path.display()))
            }
            Self::Verify { file: None } => verify(&weights::find()?),
            Self::Verify { file: Some(file) } => verify(file),
            Self::Where => Ok(places()),
            Self::Import { file, force } => {
                let done = weights::import(current(), file, *force, observer)?;
                let kind = if done.published {
                    format!("the published {}", current().name)
                } else {
                    format!("not the published file; {}, SHA-256 {}", done.format, done.sha256)
                };
                Ok(format!("{}: {kind}\n", done.path.display()))
            }
            Self::Export { file, weights, force } => {
                let export = Export::new(file, *force)?;
                let source = match weights {
                    Some(source) => source.clone(),
                    None => WeightsSource::File(weights::find()?),
                };
                let loaded = fid_weights::load(&source)?;
                export.write(&loaded)?;
                Ok(format!("{}: from {}\n", file.display(), loaded.identity.name))
            }
        }
    }
}

/// Loads the file first: that a file is unusable matters more than that it is not the published one.
fn verify(path: &Path) -> Result<String, Error> {
    let loaded = fid_weights::load(&WeightsSource::File(path.into()))?;
    weights::verify(current(), path)?;
    let convolutions = loaded.weights.convs.len();
    Ok(format!(
        "{}: the published {}, {} bytes, SHA-256 {}; {convolutions} convolutions and the classifier load\n",
        path.display(),
        current().name,
        current().size.unwrap_or_default(),
        loaded.identity.sha256,
    ))
}

/// The lines of `weights where`.
pub(super) fn places() -> String {
    let mut text = String::new();
    let mut used = false;
    for path in weights::locations(current()) {
        let state = match path.metadata() {
            Ok(found) if !found.is_file() => "is no file".into(),
            Ok(_) if used => "there, not used".into(),
            Ok(found) => {
                used = true;
                match current().size {
                    Some(size) if size != found.len() => {
                        let found = found.len();
                        format!("there, used; {found} bytes where the published file has {size}")
                    }
                    _ => "there, used".into(),
                }
            }
            Err(_) => "not there".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {state}", path.display());
    }
    if !used {
        text.push_str("no file is used: `fid-gpu weights fetch` downloads the published file\n");
    }
    for (path, bytes) in
        weights::cache_folder().iter().flat_map(|cache| weights::packed_files(cache))
    {
        let _ = writeln!(text, "{}: packed, {bytes} bytes; may be removed", path.display());
    }
    text
}
