//! Everything that can stop a run.

use std::any::Any;
use std::fmt::Display;
use std::path::PathBuf;

use fid_core::{EngineError, SinkError};
use fid_images::decode::DecodeError;
use fid_images::set::SetError;
use fid_images::{Skipped, panic_message, with_causes};

use crate::Shard;
use crate::metrics::Metric;
use crate::observer::Side;
use crate::stats_file::StatsError;

/// Why there is no number. The message names the cause and the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was named for images cannot be used.
    #[error("the {side} images: {}{}", with_causes(error), skip_hint(error))]
    Source {
        /// Which folder.
        side: Side,
        /// What is wrong with it.
        error: SetError,
    },
    /// Too few images for a covariance.
    #[error(
        "the {side} images: {} has {count}, and the covariance needs at least two (a useful FID needs thousands)",
        path.display()
    )]
    TooFew {
        /// Which folder.
        side: Side,
        /// The folder.
        path: PathBuf,
        /// How many images it has.
        count: usize,
    },
    /// Too few images are left where bad ones are left out.
    #[error(
        "the {side} images: only {left} of {count} in {} can be used, and the covariance needs at \
         least two; the first that cannot: {} ({})",
        path.display(), first.path.display(), first.reason
    )]
    NothingLeft {
        /// Which folder.
        side: Side,
        /// The folder.
        path: PathBuf,
        /// Images that can be used.
        left: usize,
        /// Images that there are.
        count: usize,
        /// The first file that was left out.
        first: Skipped,
    },
    /// Too few images in a part of a folder.
    #[error(
        "part {shard} of {} has {count} of its images, and the covariance needs at least two: \
         use fewer parts", path.display()
    )]
    TooFewInShard {
        /// The folder.
        path: PathBuf,
        /// The part.
        shard: Shard,
        /// How many images it has.
        count: usize,
    },
    /// A statistics file cannot be used.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A statistics file of another program, and nobody says what is in it.
    #[error(
        "{} does not say how it was made: if you know it, pass --assume-preset with the preset \
         that treats images as its program did", path.display()
    )]
    UnknownOrigin {
        /// The file.
        path: PathBuf,
    },
    /// A page cannot be written.
    #[error("cannot write {}: {cause}; name a file in a folder that can be written", path.display())]
    Page {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The folder that is watched cannot be listed.
    #[error(
        "cannot list the folders in {}: {cause}; name the folder in which the folders of samples appear",
        path.display()
    )]
    Watch {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A metric needs the images, and one side is a file of statistics.
    #[error(
        "{metric} needs the images themselves, and {} has only their mean and covariance: name \
         their folder instead, or leave {metric} out of --metrics", path.display()
    )]
    NeedsImages {
        /// The metric.
        metric: Metric,
        /// The file.
        path: PathBuf,
    },
    /// sFID is asked for, and a file has not its statistics.
    #[error(
        "sfid needs 'mu_s' and 'sigma_s', which {} has not: make it again with fid-gpu stats --spatial, \
         name the images instead, or leave sfid out of --metrics", path.display()
    )]
    NeedsSpatial {
        /// The file.
        path: PathBuf,
    },
    /// Features of single images are asked for, and one side is a file of statistics.
    #[error(
        "{what} needs the images themselves, and {} has only their mean and covariance: name their \
         folder instead", path.display()
    )]
    NeedsRows {
        /// The argument.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// There are no sub-folders to tell classes by.
    #[error(
        "neither {} nor {} has images in sub-folders, which are the classes of --per-class: put each \
         class into a folder of its own, or leave --per-class out",
        real.display(), fake.display()
    )]
    NoClasses {
        /// The real images.
        real: PathBuf,
        /// The generated images.
        fake: PathBuf,
    },
    /// The cache of features cannot be used.
    #[error(
        "{} cannot be used as a cache of features: {cause}; name a folder that can be written, or leave \
         --cache out", path.display()
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file of features cannot be used.
    #[error(transparent)]
    Features(#[from] crate::features::FeatureError),
    /// Two files of features are not of one network.
    #[error(
        "{} has vectors of {dim_a} values and {} of {dim_b}: they are of different networks",
        a.display(), b.display()
    )]
    FeatureDims {
        /// The first.
        a: PathBuf,
        /// Its values.
        dim_a: usize,
        /// The second.
        b: PathBuf,
        /// Its values.
        dim_b: usize,
    },
    /// A set is too small for a metric that was asked for.
    #[error("{metric} cannot be computed: {reason}, or leave {metric} out of --metrics")]
    TooFewFor {
        /// The metric.
        metric: Metric,
        /// What it needs, and what would help.
        reason: String,
    },
    /// Two sets were made differently, so that their distance would mean nothing.
    #[error(
        "{a} and {b} were made differently: {}. Make one of them again as the other was made",
        differences.join("; ")
    )]
    NotComparable {
        /// The first.
        a: String,
        /// The second.
        b: String,
        /// What differs.
        differences: Vec<String>,
    },
    /// An image cannot be read. One image less is another number, so the run stops.
    #[error("{0}; or leave it out with --skip-bad")]
    Decode(#[from] DecodeError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] fid_weights::WeightsError),
    /// No weights were named, and the published file is not where it is looked for. Nothing was
    /// downloaded.
    #[error(transparent)]
    NoWeights(#[from] crate::weights::NotFound),
    /// The weights could not be downloaded.
    #[cfg(feature = "download")]
    #[error(transparent)]
    Download(#[from] crate::weights::DownloadError),
    /// A file is not the published weights.
    #[error(transparent)]
    Verify(#[from] crate::weights::VerifyError),
    /// Weights could not be imported.
    #[error(transparent)]
    Import(#[from] crate::weights::ImportError),
    /// Weights could not be exported.
    #[error(transparent)]
    Export(#[from] crate::weights::ExportError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] fid_core::DeviceError),
    /// The network gave something that is no number.
    #[error(
        "{}: the network's features are not finite ({message}); check the weights, or try --device cpu",
        path.display()
    )]
    NotFinite {
        /// The image.
        path: PathBuf,
        /// Which feature.
        message: String,
    },
    /// The device was lost, failed, or cannot do what was asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An image cannot be resized, or the distance cannot be computed.
    #[error(transparent)]
    Core(#[from] fid_core::Error),
    /// The observer of the run cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Images or features in memory cannot be added to a set.
    #[error(transparent)]
    Update(#[from] crate::evaluator::UpdateError),
    /// The sets of another evaluator cannot be added.
    #[error(transparent)]
    Merge(#[from] crate::evaluator::MergeError),
    /// Not even a batch of one image passes the network, and larger ones failed before.
    #[error(
        "the device fails on a single image, probably for lack of memory ({message}): close what else \
         uses it, or use the CPU"
    )]
    OutOfMemory {
        /// The device's own words.
        message: String,
    },
    /// A part of the program panicked: a bug of ours or of a library.
    #[error(
        "{message}. This is a bug, in fid-gpu or below it; a smaller --batch-size or --device cpu may get around it"
    )]
    Panic {
        /// What the panic said.
        message: String,
    },
}

impl Error {
    /// Names the image of a row of features; `name` has the names of rows.
    pub(crate) fn from_sink(error: SinkError, name: impl FnOnce(usize) -> Option<PathBuf>) -> Self {
        if let SinkError::Statistics(fid_core::Error::NotFinite { row, .. }) = &error
            && let Some(path) = name(*row as usize)
        {
            return Self::NotFinite { path, message: error.to_string() };
        }
        error.into()
    }

    /// [`Error::NotComparable`] unless there are no differences between `a` and `b`.
    pub(crate) fn require_comparable(
        a: impl Display,
        b: impl Display,
        differences: Vec<String>,
    ) -> Result<(), Self> {
        if differences.is_empty() {
            return Ok(());
        }
        Err(Self::NotComparable { a: a.to_string(), b: b.to_string(), differences })
    }

    /// Keeps what a panic said.
    pub(crate) fn from_panic(panic: &(dyn Any + Send)) -> Self {
        Self::Panic { message: panic_message(panic) }
    }
}

fn skip_hint(error: &SetError) -> &'static str {
    if error.can_be_skipped() { "; or leave it out with --skip-bad" } else { "" }
}

impl From<SinkError> for Error {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Engine(error) => Self::Engine(error),
            SinkError::Statistics(error) => Self::Core(error),
            other => Self::Panic { message: other.to_string() },
        }
    }
}
