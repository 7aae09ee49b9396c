//! Why images cannot be had from what was named.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{ArrayProblem, EXTENSIONS};

/// Why something cannot serve as a source of images.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum SourceError {
    #[error("{} does not exist: check the spelling and the current folder", path.display())]
    Missing { path: PathBuf },

    #[error(
        "{} is a file; images are read from a folder: name the folder that holds them, \
         or statistics that end in .npz",
        path.display()
    )]
    NotAFolder { path: PathBuf },

    #[error(
        "{} is nothing that images are read from: name a folder, a .zip or .tar archive, a .npy or \
         .npz array, an IDX file of MNIST (-idx3-ubyte), a .bin file of CIFAR-10, or a list of paths \
         that ends in .txt",
        path.display()
    )]
    UnknownKind { path: PathBuf },

    #[error("{} is one image: name the folder that holds the set", path.display())]
    OneImage { path: PathBuf },

    #[error(
        "{} is compressed as a whole, so that no image in it can be reached without all before it: \
         unpack it first ({way_out})",
        path.display()
    )]
    Compressed { path: PathBuf, way_out: &'static str },

    #[error(
        "{} holds statistics ('mu', 'sigma') and no images: compare it with fid-gpu fid",
        path.display()
    )]
    IsStatistics { path: PathBuf },

    #[error("cannot read {}: {cause}; check that it is a file and may be read", path.display())]
    Open { path: PathBuf, cause: io::Error },

    #[error(
        "cannot read {}: {cause}; allow reading it, or move it out of the folder",
        path.display()
    )]
    Unreadable { path: PathBuf, cause: io::Error },

    #[error(
        "the link {} leads back to {}, which contains it: remove the link",
        link.display(), target.display()
    )]
    LinkLoop { link: PathBuf, target: PathBuf },

    #[error(
        "the link {} leads nowhere: restore its target or remove the link; or leave it out with \
         --skip-bad", link.display()
    )]
    DanglingLink { link: PathBuf },

    #[error(
        "{} is named like an image but is neither a file nor a folder \
         (a pipe, socket or device): move it out of the folder; or leave it out with \
         --skip-bad",
        path.display()
    )]
    NotAFile { path: PathBuf },

    #[error(
        "no images in {}{}: looked for names ending in {} and saw {ignored} other entries{}",
        path.display(),
        if *recursive { "" } else { " (sub-folders were left out)" },
        EXTENSIONS.join(", "),
        set.as_deref().map(may_be_named).unwrap_or_default()
    )]
    NoImages { path: PathBuf, recursive: bool, ignored: usize, set: Option<PathBuf> },

    #[error(
        "no images in {}: looked for members with names ending in {} and saw {ignored} others",
        path.display(),
        EXTENSIONS.join(", ")
    )]
    NoMembers { path: PathBuf, ignored: usize },

    #[error(
        "{} is no {kind}, or a damaged or incomplete one ({cause}): make it again",
        path.display()
    )]
    Archive { path: PathBuf, kind: &'static str, cause: String },

    #[error("{} {reason}; or leave it out with --skip-bad", path.display())]
    Member { path: PathBuf, reason: String },

    #[error("{} {problem}", path.display())]
    Array { path: PathBuf, problem: ArrayProblem },

    #[error("line {number} of {} {cause}", list.display())]
    ListLine { list: PathBuf, number: u64, cause: String },

    #[error(
        "{}, which line {number} of {} names, {reason}: paths are relative to the folder of the list, \
         and of a list on standard input (-) to the current one; or leave it out with --skip-bad",
        path.display(), list.display()
    )]
    Listed { list: PathBuf, number: u64, path: PathBuf, reason: String },

    #[error("{} holds no paths: write the path of one image on each line", list.display())]
    EmptyList { list: PathBuf },

    #[error("only one side can be read from standard input (-): name a file for the other")]
    StandardInputTwice,

    #[error("{} {cause}: a range in braces is written as in shard-{{000..009}}.tar", path.display())]
    Range { path: PathBuf, cause: String },
}

/// The way out, where a folder holds a set.
fn may_be_named(set: &Path) -> String {
    format!(
        "; {} may itself be named for images, and several files as in 'shard-{{000..009}}.tar'",
        set.display()
    )
}
