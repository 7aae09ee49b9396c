//! Errors of a run.

use std::any::Any;
use std::fmt::{self, Display};
use std::io;
use std::path::PathBuf;

use fid_core::{DeviceError, EngineError, Metric, Preparation, Preset, SinkError};
use fid_images::decode::DecodeError;
use fid_images::set::{SetError, Unread};
use fid_images::{Skipped, panic_message, with_causes};
use fid_weights::WeightsError;
use fid_weights::hub;

use crate::features::FeatureError;
use crate::metrics::Suite;
use crate::observer::Side;
use crate::references::ReferenceError;
use crate::shard::Shard;
use crate::stats_file::StatsError;

/// Why a run has no result.
///
/// Each message names what failed and the way out, in terms of this library: `cli::hint` has the
/// flag of the command line. The error of the system, file or device is the
/// [`source`](std::error::Error::source), and is not repeated in the message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path does not open as a set of images.
    #[error("the {side} images cannot be used")]
    Source {
        /// Side of the comparison.
        side: Side,
        /// The cause.
        #[source]
        error: SetError,
    },
    /// Too few images for a covariance.
    #[error(
        "the {side} images: {} has {count}, and the covariance needs at least two (a useful FID needs \
         thousands)",
        path.display()
    )]
    TooFew {
        /// Side of the comparison.
        side: Side,
        /// The set.
        path: PathBuf,
        /// Number of images in it.
        count: usize,
    },
    /// A strict run has a set with files that look like images and are not read.
    #[error(
        "the {side} images: of {}, {}; {}, or take them out of the set",
        path.display(), Unread::sentence(unread), Unread::way_out(unread)
    )]
    Unread {
        /// Side of the comparison.
        side: Side,
        /// The set.
        path: PathBuf,
        /// Files that look like images, by kind.
        unread: Vec<Unread>,
    },
    /// Too few images are left after bad ones were skipped.
    #[error(
        "the {side} images: only {left} of {count} in {} can be used, and the covariance needs at least \
         two; the first that cannot: {} ({})",
        path.display(), first.path.display(), first.reason
    )]
    NothingLeft {
        /// Side of the comparison.
        side: Side,
        /// The set.
        path: PathBuf,
        /// Images that can be used.
        left: usize,
        /// Images in the set.
        count: usize,
        /// The first file that was skipped.
        first: Skipped,
    },
    /// Too few images in one part of a set.
    #[error(
        "part {shard} of {} has {count} of its images, and the covariance needs at least two: use fewer \
         parts",
        path.display()
    )]
    TooFewInShard {
        /// The set.
        path: PathBuf,
        /// The part.
        shard: Shard,
        /// Number of images in the part.
        count: usize,
    },
    /// A set has fewer images than are to be drawn from it.
    #[error(
        "the {side} images: {} has {available}, fewer than the {count} to be drawn from it: draw \
         {available} or fewer",
        path.display()
    )]
    TooFewToSample {
        /// Side of the comparison.
        side: Side,
        /// The set.
        path: PathBuf,
        /// Images to be drawn.
        count: usize,
        /// Images in the set.
        available: usize,
    },
    /// Images are to be drawn from a statistics file.
    #[error(
        "no {count} images can be drawn from {}, which has only the mean and covariance of {found}: \
         make it again from images drawn in the same way, or name the images instead",
        path.display()
    )]
    SampleOfStatistics {
        /// The file.
        path: PathBuf,
        /// Images to be drawn.
        count: usize,
        /// What the file records about its images, as a phrase.
        found: String,
    },
    /// A statistics file is of images that were not prepared as this side's images are to be.
    #[error(
        "{} is of images {}, and the {side} images are to be {}: ask for the preparation of the file, or \
         make it again",
        path.display(), prepared(*recorded), prepared(*asked)
    )]
    OtherPreparation {
        /// Side of the comparison.
        side: Side,
        /// The file.
        path: PathBuf,
        /// The preparation that the file records.
        recorded: Preparation,
        /// The preparation of this side.
        asked: Preparation,
    },
    /// A statistics file cannot be used.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A statistics file of another program, which does not record its preset.
    #[error(
        "{} does not say how it was made: name the preset that treats images as its program did{}",
        path.display(), likely.map(of_program).unwrap_or_default()
    )]
    UnknownOrigin {
        /// The file.
        path: PathBuf,
        /// The program that its name points to, and that program's preset.
        likely: Option<(&'static str, &'static str)>,
    },
    /// A statistics file of another network.
    #[error(
        "{} has statistics of {dim} features, and {expected}: it is of another network, and compares only \
         with statistics of the same one",
        path.display()
    )]
    OtherFeatures {
        /// The file.
        path: PathBuf,
        /// Number of its features.
        dim: usize,
        /// What the encoder of the run has, in words.
        expected: String,
    },
    /// No encoder has the name.
    #[error("there is no encoder {name}: name one of {known}")]
    UnknownEncoder {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A preset of another encoder.
    #[error("the preset {preset} is not one of {encoder}: choose one of its own")]
    OtherEncodersPreset {
        /// Its name.
        preset: &'static str,
        /// The encoder of the run.
        encoder: String,
    },
    /// A metric of Inception, and another encoder.
    #[error(
        "{metric} is defined by other layers of Inception-v3 than its features, and the encoder is {encoder}: \
         do not compute {metric}, or take inception"
    )]
    NeedsInception {
        /// The metric.
        metric: Metric,
        /// The encoder of the run.
        encoder: String,
    },
    /// An ONNX model cannot be an encoder.
    #[cfg(feature = "onnx")]
    #[error(transparent)]
    Onnx(Box<fid_onnx::OnnxError>),
    /// A setting of a model's input, and another encoder.
    #[error(
        "{setting} is a setting of ONNX models, and the encoder is {encoder}, whose presets say how images are resized and scaled"
    )]
    OnlyOfModels {
        /// The setting.
        setting: &'static str,
        /// The encoder.
        encoder: String,
    },
    /// A setting of the network, and a model of the user's.
    #[error("{} is the encoder, and cannot be given {what}", path.display())]
    OwnEncoder {
        /// The model.
        path: PathBuf,
        /// The setting, and why.
        what: &'static str,
    },
    /// Another layer than the features was requested of an encoder that has no other.
    #[error("{encoder} has no layer {layer}: only inception has")]
    NoLayer {
        /// The layer.
        layer: &'static str,
        /// The encoder of the run.
        encoder: String,
    },
    /// The HTML report cannot be written.
    #[error("cannot write {}; name a file in a folder that can be written", path.display())]
    Page {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The watched folder cannot be listed.
    #[error(
        "cannot list the folders in {}; name the folder in which the folders of samples appear",
        path.display()
    )]
    Watch {
        /// The folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// A metric needs more than a statistics file contains.
    #[error(
        "{metric} needs {}, which {} does not contain: name the images instead, {}or do not compute \
         {metric}",
        needs(*metric), path.display(),
        if *metric == Metric::InceptionScore { "" } else { "make the file again with them, " }
    )]
    Lacking {
        /// The metric.
        metric: Metric,
        /// The file.
        path: PathBuf,
        /// The suite that selected the metric, if one did.
        suite: Option<Suite>,
        /// Whether the fake side is the file and the real side images, so that the two may have been
        /// swapped.
        swapped: bool,
    },
    /// An output needs features of single images, and one side is a statistics file.
    #[error(
        "{what} needs the images themselves, and {} is a statistics file: name their folder instead",
        path.display()
    )]
    NeedsRows {
        /// The output.
        what: ImageOutput,
        /// The file.
        path: PathBuf,
    },
    /// Something that compares two sets was requested of one.
    #[error("{what} compares two sets: name the real images, too")]
    NeedsBoth {
        /// The metric or the output.
        what: String,
    },
    /// FID per class was requested, and no image is in a sub-folder.
    #[error(
        "neither {} nor {} has images in sub-folders, which are the classes: put each class into a folder \
         of its own, or do not compute FID per class",
        real.display(), fake.display()
    )]
    NoClasses {
        /// The real images.
        real: PathBuf,
        /// The generated images.
        fake: PathBuf,
    },
    /// The feature cache cannot be used.
    #[error(
        "{} cannot be used as a cache of features; name a folder that can be written, or run without a \
         cache",
        path.display()
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// A feature file cannot be used.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// A metric of features needs those of every image, and a statistics file lacks them.
    #[error(
        "{} has a mean and a covariance, and no features of single images, which this metric needs: save \
         the features themselves, one row for each image",
        path.display()
    )]
    NoFeatures {
        /// The file.
        path: PathBuf,
    },
    /// Two feature files have vectors of different lengths.
    #[error(
        "{} has vectors of {dim_a} values and {} of {dim_b}: they come from different networks or layers",
        a.display(), b.display()
    )]
    FeatureDims {
        /// The first file.
        a: PathBuf,
        /// Length of its vectors.
        dim_a: usize,
        /// The second file.
        b: PathBuf,
        /// Length of its vectors.
        dim_b: usize,
    },
    /// A set is too small for a metric.
    #[error("{metric} cannot be computed; {way_out}")]
    TooFewFor {
        /// The metric.
        metric: Metric,
        /// The setting that would help, with its largest value.
        way_out: String,
        /// The largest value of that setting; 0 if no value would do.
        at_most: usize,
        /// How many images the metric needs, and how many the set has.
        source: fid_core::Error,
    },
    /// A public reference cannot be used.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Two sets were made differently, so that their distance would mean nothing.
    #[error(
        "{a} and {b} were made differently: {}. {}",
        differences.join("; "), match preset {
            Some(preset) => format!("The images have to be compared under the preset {preset}"),
            None => "Make one of them again as the other was made".into(),
        }
    )]
    NotComparable {
        /// The first set.
        a: String,
        /// The second set.
        b: String,
        /// The differences, as phrases.
        differences: Vec<String>,
        /// The preset under which a side with images is comparable with the other side's statistics,
        /// if presets are a difference.
        preset: Option<&'static str>,
    },
    /// An image cannot be decoded. Dropping an image changes the score, so the run stops.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// No weights were named, the published file was not found, and downloads are off.
    #[error(transparent)]
    NoWeights(#[from] hub::NotFound),
    /// The weights could not be downloaded.
    #[error(transparent)]
    Download(#[from] hub::DownloadError),
    /// A file is not the published weights.
    #[error(transparent)]
    Verify(#[from] hub::VerifyError),
    /// Weights could not be imported.
    #[error(transparent)]
    Import(#[from] hub::ImportError),
    /// Weights could not be exported.
    #[error(transparent)]
    Export(#[from] hub::ExportError),
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The network returned a feature that is NaN or infinite.
    #[error(
        "the network's features of {} are not finite; check the weights, or use another device",
        path.display()
    )]
    NotFinite {
        /// The image.
        path: PathBuf,
        /// Which feature.
        source: fid_core::Error,
    },
    /// The device was lost, and everything on it: only a new process can use it again.
    #[error(
        "the device was lost ({message}): its driver was restarted, it ran out of memory or one \
         computation took too long"
    )]
    DeviceLost {
        /// The device's own words.
        message: String,
    },
    /// The device failed, or does not support the request.
    #[error(transparent)]
    Engine(EngineError),
    /// An image cannot be resized, or a value cannot be computed.
    #[error(transparent)]
    Core(#[from] fid_core::Error),
    /// The observer of the run cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Images or features in memory cannot be added to a set.
    #[error(transparent)]
    Update(#[from] crate::evaluator::error::UpdateError),
    /// The sets of another evaluator cannot be added.
    #[error(transparent)]
    Merge(#[from] crate::evaluator::error::MergeError),
    /// The device fails on a single image, after larger batches failed.
    #[error(
        "the device fails on a single image, probably for lack of memory ({message}): close what else \
         uses it, or use the CPU"
    )]
    OutOfMemory {
        /// The device's own words.
        message: String,
    },
    /// A panic below this library: a bug.
    #[error(
        "{message}. This is a bug, in fid-gpu or below it; smaller batches or another device may avoid it"
    )]
    Panic {
        /// The panic's message.
        message: String,
    },
}

/// An output that needs the features of single images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageOutput {
    /// FID under further presets.
    OtherPresets,
    /// FID of each class.
    PerClass,
    /// Files of features.
    SaveFeatures,
    /// Files of logits.
    SaveLogits,
    /// Confidence intervals.
    Interval,
    /// The images that move the FID most.
    Outliers,
}

/// A preparation as a phrase.
fn prepared(preparation: Preparation) -> String {
    if preparation.is_none() {
        "left as they are".into()
    } else {
        format!("prepared by '{preparation}'")
    }
}

impl Display for ImageOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OtherPresets => "another preset",
            Self::PerClass => "FID per class",
            Self::SaveFeatures => "saving features",
            Self::SaveLogits => "saving logits",
            Self::Interval => "a confidence interval",
            Self::Outliers => "a list of outliers",
        })
    }
}

#[cfg(feature = "onnx")]
impl From<fid_onnx::OnnxError> for Error {
    fn from(error: fid_onnx::OnnxError) -> Self {
        Self::Onnx(Box::new(error))
    }
}

impl Error {
    /// The message followed by those of its causes, separated by colons.
    pub fn chain(&self) -> String {
        with_causes(self)
    }

    /// Whether the device has failed for good: the next image would fail as well.
    pub fn is_device_failure(&self) -> bool {
        matches!(self, Self::Engine(_) | Self::DeviceLost { .. } | Self::OutOfMemory { .. })
    }

    /// Names the image of a row of features; `name` has the names of rows.
    pub(crate) fn from_sink(error: SinkError, name: impl FnOnce(usize) -> Option<PathBuf>) -> Self {
        match error {
            SinkError::Statistics(source @ fid_core::Error::NotFinite { row, .. }) => {
                match name(row as usize) {
                    Some(path) => Self::NotFinite { path, source },
                    None => Self::Core(source),
                }
            }
            error => error.into(),
        }
    }

    /// Whether sets were made differently, so that they cannot be compared.
    pub fn is_not_comparable(&self) -> bool {
        matches!(self, Self::NotComparable { .. } | Self::OtherPreparation { .. })
    }

    /// # Errors
    ///
    /// [`Error::NotComparable`] if there are `differences` between `a` and `b`.
    pub(crate) fn require_comparable(
        a: impl Display,
        b: impl Display,
        differences: Vec<String>,
    ) -> Result<(), Self> {
        if differences.is_empty() {
            return Ok(());
        }
        let (a, b) = (a.to_string(), b.to_string());
        Err(Self::NotComparable { a, b, differences, preset: None })
    }

    /// Names the preset that makes two sides comparable, if they are not.
    pub(crate) fn suggesting(mut self, wanted: Option<Preset>) -> Self {
        if let Self::NotComparable { preset, differences, .. } = &mut self {
            let differs = differences.iter().any(|it| it.starts_with("preset "));
            *preset = wanted.filter(|_| differs).map(Preset::name);
        }
        self
    }

    /// The error for a caught panic.
    pub(crate) fn from_panic(panic: &(dyn Any + Send)) -> Self {
        Self::Panic { message: panic_message(panic) }
    }
}

/// What a metric reads besides mean and covariance.
fn needs(metric: Metric) -> &'static str {
    match metric {
        Metric::InceptionScore => "the logits of every image",
        Metric::Sfid => "the statistics 'mu_s' and 'sigma_s'",
        Metric::Fid64 => "the statistics of 64 features",
        Metric::Fid192 => "the statistics of 192 features",
        Metric::Fid768 => "the statistics of 768 features",
        Metric::FidInfinity => {
            "the 2048 features of every fake image and statistics of the real ones"
        }
        _ => "the 2048 features of every image",
    }
}

fn of_program((program, preset): (&str, &str)) -> String {
    format!("; its name is one of {program}'s, of the preset {preset}")
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::DeviceLost { message } => Self::DeviceLost { message },
            error => Self::Engine(error),
        }
    }
}

impl From<SinkError> for Error {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Engine(error) => error.into(),
            SinkError::Statistics(error) => Self::Core(error),
            other => Self::Panic { message: other.to_string() },
        }
    }
}
