//! Why images cannot be read from a path.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::foreign;
use super::left_out::LeftOut;
use super::missing;
use super::names::EXTENSIONS;
use super::unread::Unread;
use crate::printable::printable;
use crate::zip::ZipError;

/// Why a path does not open as a set of images. Each message names the path and the way out; the
/// cause that a system or an archive reports is the [`source`](std::error::Error::source).
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum SetError {
    /// Nothing exists at the path.
    #[error("{} does not exist{guess}", path.display())]
    Missing { path: PathBuf, guess: String },

    /// The path of a folder names a file.
    #[error(
        "{} is a file; images are read from a folder: name the folder that holds them, \
         or statistics that end in .npz",
        path.display()
    )]
    NotAFolder { path: PathBuf },

    /// The name ends as no set does.
    #[error(
        "{} is nothing that images are read from: name a folder, a .zip or .tar archive, a .parquet or \
         .arrow table, a .npy or .npz array, an IDX file of MNIST (-idx3-ubyte), a .bin file of CIFAR, or a list of paths \
         that ends in .txt",
        path.display()
    )]
    UnknownKind { path: PathBuf },

    /// The path names a single image.
    #[error("{} is one image: name the folder that holds the set", path.display())]
    OneImage { path: PathBuf },

    /// The file is a known kind that is not read, or is named as another kind.
    #[error("{} is {what}: {way_out}", path.display())]
    OtherKind { path: PathBuf, what: String, way_out: String },

    /// The archive is compressed as a whole.
    #[error(
        "{} is compressed as a whole, so that each image is reached only through all before it: \
         unpack it first ({way_out})",
        path.display()
    )]
    Compressed { path: PathBuf, way_out: &'static str },

    /// The `.npz` file holds statistics.
    #[error(
        "{} holds statistics ('mu', 'sigma') and no images: compare it as statistics instead",
        path.display()
    )]
    IsStatistics { path: PathBuf },

    /// The file holds features.
    #[error(
        "{} holds an array{} of {rows} rows of {columns} values, as features have and not images: compare \
         it as features; images have the shape [count, height, width, channels]",
        path.display(), name.as_ref().map(|name| format!(" '{name}'")).unwrap_or_default()
    )]
    IsFeatures { path: PathBuf, name: Option<String>, rows: u64, columns: u64 },

    /// The file cannot be opened or read.
    #[error("cannot read {}; check that it is a file and may be read", path.display())]
    Open { path: PathBuf, source: io::Error },

    /// A folder, or an entry of one, cannot be read.
    #[error("cannot read {}; allow reading it, or move it out of the folder", path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    /// A link leads to a folder that contains it.
    #[error(
        "the link {} leads back to {}, which contains it: remove the link",
        link.display(), target.display()
    )]
    LinkLoop { link: PathBuf, target: PathBuf },

    /// A link named like an image leads nowhere.
    #[error("the link {} leads nowhere: restore its target or remove the link", link.display())]
    DanglingLink { link: PathBuf },

    /// Something named like an image is no file.
    #[error(
        "{} is named like an image but is neither a file nor a folder \
         (a pipe, socket or device): move it out of the folder",
        path.display()
    )]
    NotAFile { path: PathBuf },

    /// The folder holds no image.
    #[error(
        "no images in {}{}: {}",
        path.display(),
        if *recursive { "" } else { " (sub-folders were left out)" },
        looked_for("names", "other entries", *ignored, unread, set.as_deref())
    )]
    NoImages {
        path: PathBuf,
        recursive: bool,
        ignored: usize,
        unread: Vec<Unread>,
        set: Option<String>,
    },

    /// The archive holds no image.
    #[error(
        "no images in {}: {}",
        path.display(),
        looked_for("members with names", "others", *ignored, unread, set.as_deref())
    )]
    NoMembers { path: PathBuf, ignored: usize, unread: Vec<Unread>, set: Option<String> },

    /// The archive is damaged, incomplete or no archive.
    #[error("{} is no {kind}, or a damaged or incomplete one; make it again", path.display())]
    Archive { path: PathBuf, kind: &'static str, source: ArchiveProblem },

    /// A member named like an image cannot be read.
    #[error("{} {reason}", path.display())]
    Member { path: PathBuf, reason: String },

    /// The array or table is damaged, or does not hold images.
    #[error("{} {problem}", path.display())]
    Array { path: PathBuf, problem: ArrayProblem },

    /// A line of a list is no path.
    #[error("line {number} of {} {cause}", list.display())]
    ListLine { list: PathBuf, number: u64, cause: String },

    /// A path in a list names nothing that can be decoded.
    #[error(
        "{}, which line {number} of {} names, {reason}: paths are relative to the folder of the list, \
         and of a list on standard input (-) to the current one",
        path.display(), list.display()
    )]
    Listed { list: PathBuf, number: u64, path: PathBuf, reason: String },

    /// A list has no line with a path.
    #[error("{} holds no paths: write the path of one image on each line", list.display())]
    EmptyList { list: PathBuf },

    /// Two sets are named `-`.
    #[error("only one side can be read from standard input (-): name a file for the other")]
    StandardInputTwice,

    /// The tables of a folder are not the whole of one set.
    #[error(
        "{} {cause}: name one of them, or several as in 'train-{{00000..00009}}-of-00010.parquet'",
        folder.display()
    )]
    Shards { folder: PathBuf, cause: String },

    /// A name with a range in braces cannot be expanded.
    #[error("{} {cause}: a range in braces is written as in shard-{{000..009}}.tar", path.display())]
    Range { path: PathBuf, cause: String },
}

/// Why an archive is unusable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveProblem {
    /// The directory of a zip archive cannot be read.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The headers of a tar archive cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The archive can be read and contradicts itself.
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// Why an array or a table of images is unusable. The message continues a sentence that begins with the file.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ArrayProblem(pub(super) String);

impl SetError {
    /// Whether [`ImageSet::open`](super::ImageSet::open) leaves the image out instead, if bad
    /// images are to be skipped.
    pub fn can_be_skipped(&self) -> bool {
        matches!(
            self,
            Self::DanglingLink { .. }
                | Self::NotAFile { .. }
                | Self::Member { .. }
                | Self::Listed { .. }
        )
    }

    /// For a file that cannot be opened.
    pub(super) fn open(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::missing(path),
            _ => Self::Open { path: path.into(), source },
        }
    }

    /// For a path that nothing exists at.
    pub(super) fn missing(path: &Path) -> Self {
        Self::Missing { path: path.into(), guess: missing::guess(path) }
    }

    /// For a folder without images.
    pub(super) fn no_images(path: &Path, recursive: bool, left_out: LeftOut) -> Self {
        let LeftOut { ignored, unread, set, passed_over, .. } = left_out;
        let set = set.map(|(set, begin)| match foreign::of(&set, &begin) {
            Some(kind) => format!("{} is {}: {}", set.display(), kind.what, kind.way_out(&set)),
            None => format!(
                "{} may itself be named for images, and several files as in 'shard-{{000..009}}.tar'",
                set.display()
            ),
        });
        let store = || {
            foreign::of(path, &[])
                .map(|kind| format!("it is {}: {}", kind.what, kind.way_out(path)))
        };
        Self::NoImages {
            path: path.into(),
            recursive,
            ignored,
            unread,
            set: set.or_else(store).or_else(|| thumbnails(&passed_over)),
        }
    }

    /// For an archive without images.
    pub(super) fn no_members(path: &Path, left_out: LeftOut) -> Self {
        let LeftOut { ignored, unread, set, passed_over, .. } = left_out;
        let set = set.map(|(set, begin)| match foreign::of(&set, &begin) {
            Some(kind) => format!("{} is {}: {}", set.display(), kind.what, kind.way_out(&set)),
            None => format!("unpack it and name {} for images", set.display()),
        });
        let set = set.or_else(|| thumbnails(&passed_over));
        Self::NoMembers { path: path.into(), ignored, unread, set }
    }
}

/// What was passed over, as a phrase.
fn thumbnails(passed_over: &BTreeMap<String, usize>) -> Option<String> {
    let names = passed_over.keys().map(printable).collect::<Vec<_>>();
    (!names.is_empty()).then(|| {
        format!("thumbnails, bins and hidden folders were passed over: {}", names.join(", "))
    })
}

/// Why a place has no images: what is in it instead.
fn looked_for(
    names: &str,
    others: &str,
    ignored: usize,
    unread: &[Unread],
    set: Option<&str>,
) -> String {
    if !unread.is_empty() {
        return format!("{}; {}", Unread::sentence(unread), Unread::way_out(unread));
    }
    let endings = EXTENSIONS.join(", ");
    let set = set.map_or_else(String::new, |set| format!("; {set}"));
    format!("looked for {names} ending in {endings} and saw {ignored} {others}{set}")
}
