//! `fid-gpu refs`: lists, downloads and finds public references.

use std::fmt::Write;
use std::time::Duration;

use clap::Subcommand;
use fid_weights::hub::{DownloadOptions, recorded};

use super::Fetch;
use crate::observer::Observer;
use crate::references::{self, Content, Reference, ReferenceError};
use crate::{Encoder, Error};

/// A subcommand of `fid-gpu refs`.
#[derive(Debug, Subcommand)]
pub enum RefsCommand {
    /// List the public statistics and samples that have names
    ///
    /// `--real NAME@PRESET` compares with one of them. Number of images and side are as their publishers
    /// state them.
    List {
        /// Only names that contain this
        part: Option<String>,
    },
    /// Download references into the cache folder, unless they are there already
    ///
    /// Their publishers state no hashes: that of the first file is shown and recorded beside it, and a
    /// file that changes is an error from then on.
    Fetch {
        /// Their names, as `fid-gpu refs list` shows them
        #[arg(required = true, value_name = "NAME@PRESET")]
        names: Vec<String>,
        /// How to download.
        #[command(flatten)]
        how: Fetch,
    },
    /// Show where references are, with address and hash
    Where {
        /// Their names [default: those that are on this machine]
        #[arg(value_name = "NAME@PRESET")]
        names: Vec<String>,
    },
}

impl RefsCommand {
    /// Runs the subcommand and returns its output.
    ///
    /// # Errors
    ///
    /// [`Error::Reference`] for an unknown name and a failed download.
    pub fn run(&self, observer: &dyn Observer) -> Result<String, Error> {
        match self {
            Self::List { part } => Ok(list(part.as_deref().unwrap_or_default())),
            Self::Fetch { names, how } => {
                let mut options = DownloadOptions::from_env();
                options.url = how.url.clone().or_else(references::mirror);
                options.stall = Duration::from_secs(how.timeout);
                let mut text = String::new();
                for reference in named(names)? {
                    let path = references::fetch(&reference, Some(&options), observer)?;
                    let hash = recorded(&path).ok().flatten().unwrap_or_default();
                    // Writing to a string cannot fail.
                    let _ = writeln!(text, "{}: SHA-256 {hash}", path.display());
                }
                Ok(text)
            }
            Self::Where { names } => Ok(places(names, &named(names)?)),
        }
    }
}

/// The rows of full names, or of names that have one variant.
fn named(names: &[String]) -> Result<Vec<Reference>, Error> {
    let of = |name: &String| match references::find(name, &Encoder::default(), None)? {
        Some(reference) => Ok(reference),
        None => {
            let nearest = references::nearest(name);
            Err(ReferenceError::Unknown { name: name.clone(), nearest }.into())
        }
    };
    names.iter().map(of).collect()
}

fn list(part: &str) -> String {
    let mut text = format!(
        "{:44} {:11} {:16} {:>9} {:>5}  holds\n",
        "name", "encoder", "by", "images", "side"
    );
    let number = |value: Option<String>| value.unwrap_or_else(|| "?".into());
    for entry in references::all().iter().filter(|entry| entry.full_name().contains(part)) {
        let holds = match entry.content {
            Content::Statistics => "statistics",
            Content::Batch => "statistics, 10000 images",
            Content::Features => "features, for kid",
            Content::Samples => "generated images",
        };
        let here =
            if references::place(entry).is_some_and(|it| it.is_file()) { "; here" } else { "" };
        let encoder = if entry.encoder.is_empty() { "-" } else { entry.encoder };
        let (name, by) = (entry.full_name(), entry.by);
        let images = number(entry.images.map(|it| it.to_string()));
        let side = number(entry.side.map(|it| it.to_string()));
        let _ =
            writeln!(text, "{name:44} {encoder:11} {by:16} {images:>9} {side:>5}  {holds}{here}");
    }
    text
}

fn places(names: &[String], rows: &[Reference]) -> String {
    let all = if names.is_empty() { references::all() } else { rows.to_vec() };
    let mut text = String::new();
    for entry in &all {
        let place = references::place(entry);
        let there = place.as_ref().filter(|path| path.is_file());
        if names.is_empty() && there.is_none() {
            continue;
        }
        let hash = there.and_then(|path| recorded(path).ok().flatten());
        let state = match (there, hash) {
            (None, _) => "not there".to_owned(),
            (Some(_), None) => "there, never used".to_owned(),
            (Some(_), Some(hash)) => format!("there, first used with the SHA-256 {hash}"),
        };
        let place = place
            .map_or("no cache folder; set FID_GPU_CACHE".into(), |it| it.display().to_string());
        let _ = writeln!(text, "{}\n  {}\n  {place}: {state}", entry.full_name(), entry.url);
    }
    if text.is_empty() {
        text.push_str("no reference is on this machine: `fid-gpu refs list` names them, and `fid-gpu refs fetch NAME` downloads one\n");
    }
    text
}
