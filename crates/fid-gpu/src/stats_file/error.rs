//! Everything that can be wrong with a statistics file.

use std::io;
use std::path::PathBuf;

use fid_images::npy::NpyError;
use fid_images::with_causes;
use fid_images::zip::ZipError;

/// Why a statistics file cannot be read, written or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// The file cannot be opened.
    #[error("cannot read {}: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file is no zip archive, or not a whole one.
    #[error(
        "{} is no .npz file, or only a part of one ({}); \
         fid-gpu stats, pytorch-fid --save-stats and np.savez write such files",
        path.display(), with_causes(cause)
    )]
    NotNpz {
        /// The file.
        path: PathBuf,
        /// What is wrong with the archive.
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
        /// The member looked for.
        member: &'static str,
        /// The names of the first members it has.
        found: Vec<String>,
    },
    /// A member cannot be used.
    #[error("{}: '{member}' {}", path.display(), with_causes(problem))]
    Member {
        /// The file.
        path: PathBuf,
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        problem: MemberProblem,
    },
    /// The numbers are no mean and covariance.
    #[error("{}: '{}', '{}': {error}; make the file again", path.display(), members[0], members[1])]
    Numbers {
        /// The file.
        path: PathBuf,
        /// Mean and covariance.
        members: [&'static str; 2],
        /// What is wrong with them.
        error: fid_core::Error,
    },
    /// The features kept beside mean and covariance have another mean or another covariance.
    #[error(
        "{}: '{features}' has not the mean and variances that '{mu}' and '{sigma}' say; \
         make the file again", path.display()
    )]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// The mean.
        mu: &'static str,
        /// The covariance.
        sigma: &'static str,
        /// The features.
        features: &'static str,
    },
    /// Statistics are read back by their ending.
    #[error("{} must end in .npz, by which statistics files are known", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file does not say of how many images it is, so it cannot be merged.
    #[error(
        "{} does not say of how many images it is, so it cannot be merged: only files of \
         fid-gpu stats and fid-gpu merge can", path.display()
    )]
    NotMergeable {
        /// The file.
        path: PathBuf,
    },
    /// One of two files to be merged has the statistics of sFID and the other has not.
    #[error(
        "{} has 'mu_s' and 'sigma_s', the statistics of sFID, and {} has not: make it again with \
         fid-gpu stats --spatial", with.display(), without.display()
    )]
    SpatialMissing {
        /// The file that has them.
        with: PathBuf,
        /// The file that has not.
        without: PathBuf,
    },
    /// Two files to be merged are of the same images, at least in part.
    #[error(
        "{} and {} are of the same images, at least in part ({what}): an image would count twice",
        a.display(), b.display()
    )]
    Overlap {
        /// The first.
        a: PathBuf,
        /// The second.
        b: PathBuf,
        /// Which images.
        what: String,
    },
}

/// What is wrong with one member of a statistics file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberProblem {
    /// The member is no array, or not the one that is read.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// The archive holds the member in a form that is not read.
    #[error(transparent)]
    Zip(#[from] fid_images::zip::MemberProblem),
    /// The member is not where the archive says, or not whole.
    #[error("cannot be unpacked")]
    Unpack(#[source] io::Error),
    /// The provenance cannot be understood.
    #[error("is not understood ({message}); make the file again")]
    Meta {
        /// What is wrong with it.
        message: String,
    },
    /// The provenance is of a later version.
    #[error(
        "has the format version {found}, this program knows up to {known}: \
         use the fid-gpu that wrote the file"
    )]
    MetaVersion {
        /// The file's version.
        found: u64,
        /// The latest that is known.
        known: u64,
    },
}
