//! Everything that can be wrong with a statistics file.

use std::io;
use std::path::PathBuf;

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
        "{} is no .npz file, or only a part of one ({cause}); \
         fid-gpu stats, pytorch-fid --save-stats and np.savez write such files", path.display()
    )]
    NotNpz {
        /// The file.
        path: PathBuf,
        /// What the archive reader said.
        cause: String,
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
    #[error("{}: '{member}' {problem}", path.display())]
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
    /// The member has not the beginning of a `.npy` file.
    #[error("is no array: it does not begin as .npy files do")]
    NotNpy,
    /// A version of the format that nobody has written yet.
    #[error("has the .npy version {major}.{minor}; 1.0, 2.0 and 3.0 can be read")]
    Version {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The header cannot be understood.
    #[error("has a header that cannot be understood: {message}")]
    Header {
        /// What is wrong with it.
        message: String,
    },
    /// The values have another type.
    #[error("has the type {found}, not {allowed}{}", hint(found))]
    Dtype {
        /// The type in NumPy's notation.
        found: String,
        /// The types that can be read.
        allowed: String,
    },
    /// The array has another shape.
    #[error("has the shape {found:?}, not {expected}")]
    Shape {
        /// Its shape.
        found: Vec<u64>,
        /// What it must be.
        expected: String,
    },
    /// Fewer values than the shape asks for.
    #[error("is shorter than its shape says")]
    TooShort,
    /// More values than the shape asks for.
    #[error("is longer than its shape says")]
    TooLong,
    /// The archive does not give the member's bytes: damaged, encrypted, an unknown compression.
    #[error("cannot be unpacked: {message}")]
    Unpack {
        /// What the archive reader said.
        message: String,
    },
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

impl MemberProblem {
    pub(super) fn from_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::TooShort,
            _ => Self::Unpack { message: error.to_string() },
        }
    }
}

/// The way out, for the types that people have.
fn hint(descr: &str) -> &'static str {
    if descr.contains('O') {
        " (pickled Python objects, which can run code when they are read: \
         load the file with the program that wrote it and save mu and sigma as plain arrays)"
    } else if descr.starts_with('>') {
        " (big-endian: save it again with .astype('<f8'))"
    } else {
        " (save it again with .astype('<f8'))"
    }
}
