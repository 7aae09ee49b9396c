//! `fid-gpu weights`: finds, downloads, checks and converts weights.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use fid_weights::WeightsSource;

use crate::observer::Observer;
use crate::weights::{self, DownloadOptions, Export, Published, current};
use crate::{Encoder, Error};

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
        /// The network
        #[arg(long, value_name = "NAME", default_value_t)]
        encoder: Encoder,
    },
    /// List the places where weights are searched, the file in use, and where to get it
    Where {
        /// The network
        #[arg(long, value_name = "NAME", default_value_t)]
        encoder: Encoder,
    },
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
    /// The network
    #[arg(long, value_name = "NAME", default_value_t)]
    pub encoder: Encoder,
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
                let entry = args.encoder.published()?;
                let path = weights::download(entry, &options, observer)?;
                let mut text = format!("{}\n", path.display());
                if entry.sha256.is_none()
                    && let Ok(Some(sha256)) = weights::recorded(&path)
                {
                    // Writing to a string cannot fail.
                    let _ = writeln!(text, "SHA-256 {sha256}, recorded and compared from now on");
                }
                Ok(text)
            }
            Self::Verify { file, encoder } => {
                let entry = encoder.published()?;
                let found = file.clone().map_or_else(|| weights::find_entry(entry), Ok)?;
                verify(encoder, entry, &found)
            }
            Self::Where { encoder } => Ok(places(encoder.published()?)),
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
fn verify(encoder: &Encoder, entry: &Published, path: &Path) -> Result<String, Error> {
    let source = WeightsSource::File(path.into());
    let (identity, parts) = match encoder {
        Encoder::Vit(spec) => {
            let loaded = fid_weights::vit::load(spec, &source)?;
            (loaded.identity, format!("{} blocks", loaded.weights.blocks.len()))
        }
        _ => {
            let loaded = fid_weights::load(&source)?;
            let convolutions = loaded.weights.convs.len();
            (loaded.identity, format!("{convolutions} convolutions and the classifier"))
        }
    };
    weights::verify(entry, path)?;
    let known = entry.sha256.is_some() || matches!(weights::recorded(path), Ok(Some(_)));
    Ok(format!(
        "{}: {} {}, {} bytes, SHA-256 {}; {parts} load\n",
        path.display(),
        if known { "the published" } else { "weights of" },
        entry.name,
        path.metadata().map_or(0, |file| file.len()),
        identity.sha256,
    ))
}

/// The lines of `weights where`.
pub(super) fn places(entry: &Published) -> String {
    let mut text = String::new();
    let mut used = false;
    for path in weights::locations(entry) {
        let state = match path.metadata() {
            Ok(found) if !found.is_file() => "is no file".into(),
            Ok(_) if used => "there, not used".into(),
            Ok(found) => {
                used = true;
                match entry.size {
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
        let encoder = match &*entry.name {
            name if weights::current().name == name => String::new(),
            name => format!(" --encoder {name}"),
        };
        let _ = writeln!(
            text,
            "no file is used: `fid-gpu weights fetch{encoder}` downloads the published file\n  {}",
            entry.url
        );
    }
    for (path, bytes) in
        weights::cache_folder().iter().flat_map(|cache| weights::packed_files(cache))
    {
        let _ = writeln!(text, "{}: packed, {bytes} bytes; may be removed", path.display());
    }
    text
}
