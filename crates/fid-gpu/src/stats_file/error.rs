//! Errors of statistics files.

use std::io;
use std::path::PathBuf;

use fid_images::npy::NpyError;
use fid_images::npz::ArrayError;
use fid_images::zip::ZipError;
use fid_weights::PickleError;

/// Why a statistics file cannot be read, written or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// The file cannot be opened.
    #[error("cannot read {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The file is not a zip archive, or a truncated one.
    #[error(
        "{} is no .npz file, or only a part of one; statistics are a .npz file as fid-gpu, pytorch-fid and \
         np.savez write it",
        path.display()
    )]
    NotNpz {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: ZipError,
    },
    /// A member is missing.
    #[error(
        "{} has no '{member}' but {}; statistics are the members 'mu' and 'sigma', and for sFID 'mu_s' \
         and 'sigma_s'",
        path.display(),
        if found.is_empty() { "is empty".to_owned() } else { found.join(", ") }
    )]
    NoMember {
        /// The file.
        path: PathBuf,
        /// The missing member.
        member: String,
        /// Names of the first members that the file has.
        found: Vec<String>,
    },
    /// A member cannot be used.
    #[error("{}: '{member}' cannot be used", path.display())]
    Member {
        /// The file.
        path: PathBuf,
        /// The member.
        member: String,
        /// The cause.
        #[source]
        problem: MemberProblem,
    },
    /// The numbers are not a mean and a covariance.
    #[error(
        "{}: '{}' and '{}' are not a mean and a covariance; make the file again",
        path.display(), members[0], members[1]
    )]
    Numbers {
        /// The file.
        path: PathBuf,
        /// Members of mean and covariance.
        members: Box<[String; 2]>,
        /// The cause.
        #[source]
        error: fid_core::Error,
    },
    /// The features kept beside mean and covariance have another mean or another covariance.
    #[error(
        "{}: '{features}' does not have the mean and variances in '{mu}' and '{sigma}'; make the file \
         again",
        path.display()
    )]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// Member of the mean.
        mu: String,
        /// Member of the covariance.
        sigma: String,
        /// Member of the features.
        features: String,
    },
    /// The file holds pickled Python objects.
    #[error(
        "{} holds pickled Python objects, which can run code when they are read, so that this program does \
         not: if you trust it, save plain arrays in Python, s = {load} and then, of statistics, \
         numpy.savez('new.npz', mu=numpy.asarray(s['mu'], float), sigma=numpy.asarray(s['sigma'], float)), \
         by the names that s has",
        path.display()
    )]
    Pickled {
        /// The file.
        path: PathBuf,
        /// The Python expression that loads it.
        load: String,
    },
    /// A pickle is no dictionary of arrays of a known form.
    #[error(
        "{} is a pickle, which can run code when it is read: only mean and covariance as EDM2, StyleGAN3 and \
         others write them are read, without running any. If you trust it, save plain arrays in Python, \
         s = {load} and then numpy.savez('new.npz', mu=numpy.asarray(s['mu'], float), \
         sigma=numpy.asarray(s['sigma'], float)), by the names that s has",
        path.display()
    )]
    PickleUnread {
        /// The file.
        path: PathBuf,
        /// The Python expression that loads it.
        load: String,
        /// What is wrong with it.
        #[source]
        cause: PickleError,
    },
    /// A pickle lacks the wanted statistics.
    #[error(
        "{} has {}, but {}", path.display(),
        match wanted {
            Some(wanted) => format!("no statistics {wanted}"),
            None => "not one entry of statistics".into(),
        },
        match &found[..] {
            [] => "nothing else that is known; statistics are the arrays 'mu' and 'sigma'".into(),
            found => format!("those of {}; FILE.pkl:{} names one for `frechet`", found.join(", "), found[0]),
        }
    )]
    NoEntry {
        /// The file.
        path: PathBuf,
        /// The wanted entry, in words.
        wanted: Option<String>,
        /// The entries that it has.
        found: Vec<String>,
    },
    /// The images to be kept in the file are not of one size.
    #[error(
        "{} is {}x{} pixels and {} is {}x{}: an array holds images of one size, so resize them, or write \
         the statistics without the images",
        first.display(), first_size[0], first_size[1], other.display(), other_size[0], other_size[1]
    )]
    ImageSizes {
        /// The first image.
        first: PathBuf,
        /// Its width and height.
        first_size: [usize; 2],
        /// The first image of another size.
        other: PathBuf,
        /// Its width and height.
        other_size: [usize; 2],
    },
    /// The name does not end in `.npz`.
    #[error("{} must end in .npz, by which statistics files are known", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The file does not record its number of images, so it cannot be merged.
    #[error(
        "{} does not record its number of images, so it cannot be merged: merge files that fid-gpu wrote",
        path.display()
    )]
    NotMergeable {
        /// The file.
        path: PathBuf,
    },
    /// Only one of two files to be merged has the statistics of sFID.
    #[error(
        "{} has 'mu_s' and 'sigma_s', the statistics of sFID, and {} has not: make it again with them",
        with.display(), without.display()
    )]
    SpatialMissing {
        /// The file with statistics of sFID.
        with: PathBuf,
        /// The file without.
        without: PathBuf,
    },
    /// Two files to be merged share images.
    #[error(
        "{} and {} are of the same images, at least in part ({what}): an image would count twice",
        a.display(), b.display()
    )]
    Overlap {
        /// The first file.
        a: PathBuf,
        /// The second file.
        b: PathBuf,
        /// The images, as a phrase.
        what: String,
    },
    /// Two files to be merged are of images drawn from one set in different ways.
    #[error(
        "{} and {} are of images drawn from one set in different ways, so that an image may count twice: \
         draw all of them at once, and merge parts of this draw",
        a.display(), b.display()
    )]
    DrawnOtherwise {
        /// The first file.
        a: PathBuf,
        /// The second file.
        b: PathBuf,
    },
}

/// Why a member of a statistics file is unusable. Each message continues a sentence that begins
/// with the member.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberProblem {
    /// The member is not a usable array.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// The provenance is not the expected JSON.
    #[error("is not the JSON that fid-gpu writes; make the file again")]
    Json(#[source] serde_json::Error),
    /// The provenance contains an impossible value.
    #[error("is not understood ({message}); make the file again")]
    Meta {
        /// Which value.
        message: String,
    },
    /// A later version wrote the provenance.
    #[error(
        "has the format version {found}, this program knows up to {known}: use the fid-gpu that wrote \
         the file"
    )]
    MetaVersion {
        /// The file's version.
        found: u64,
        /// The latest supported version.
        known: u64,
    },
}

impl From<NpyError> for MemberProblem {
    fn from(error: NpyError) -> Self {
        Self::Array(error.into())
    }
}
