//! The crate's errors.

use std::fmt;
use std::sync::Arc;

/// An error of `fid-core`. Fields name the argument, the row and the numbers involved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A slice does not have the length of its shape.
    #[error("{what}: expected {expected} values, got {got}")]
    Length {
        /// Which argument.
        what: &'static str,
        /// The length of its shape; for a batch, the next smaller multiple of `dim`.
        expected: usize,
        /// The actual length.
        got: usize,
    },
    /// Feature vectors of dimension 0.
    #[error("feature vectors need at least one value")]
    ZeroDim,
    /// Two arguments have different feature dimensions.
    #[error("feature dimensions differ: {a} and {b}")]
    DimMismatch {
        /// Dimension of the first.
        a: usize,
        /// Dimension of the second.
        b: usize,
    },
    /// A covariance, with the divisor N − 1, of fewer than two images.
    #[error("covariance needs at least two images, got {num_images}")]
    TooFewImages {
        /// Number of images.
        num_images: u64,
    },
    /// Statistics cannot be merged because they do not contain their number of images.
    #[error("statistics without their number of images cannot be merged")]
    UnknownCount,
    /// A metric needs more images than a side has.
    #[error("{metric} needs {needed} images, and the {side} side has {available}")]
    NotEnoughImages {
        /// The metric, or the part of it that needs them.
        metric: &'static str,
        /// `real` or `fake`.
        side: &'static str,
        /// Images needed.
        needed: usize,
        /// Images of the side.
        available: usize,
    },
    /// More images than 32-bit random draws can number.
    #[error("{num_images} images are too many for random draws, at most 4294967295")]
    TooManyImages {
        /// Number of images.
        num_images: u64,
    },
    /// A setting of a metric is too small.
    #[error("the {name} is {value}, and must be at least {least}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: usize,
        /// The smallest allowed value.
        least: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what}: value {value} in row {row}, column {column} is not finite")]
    NotFinite {
        /// Which argument.
        what: &'static str,
        /// Row, from 0. For features: the image, counted over all updates of the accumulator.
        row: u64,
        /// Column, from 0. For features: the channel.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Features that are all 0, of which a metric needs the direction.
    #[error("{what}: row {row} is 0 in every column, and has no direction")]
    ZeroFeatures {
        /// Which argument.
        what: &'static str,
        /// Row, from 0: the image.
        row: u64,
    },
    /// Sums that contradict each other: `sum²` exceeds `n` times the diagonal of the Gram matrix.
    #[error("sum and Gram matrix contradict each other in column {column}")]
    InconsistentSums {
        /// Channel, from 0.
        column: usize,
    },
    /// A given covariance is not symmetric, not even within f32 rounding.
    #[error("sigma is not symmetric: ({row},{column}) is {lower}, ({column},{row}) is {upper}")]
    NotSymmetric {
        /// Row of the lower element.
        row: usize,
        /// Column of the lower element.
        column: usize,
        /// Value below the diagonal.
        lower: f64,
        /// Value above the diagonal.
        upper: f64,
    },
    /// A given covariance has an eigenvalue, or a variance, that is negative beyond rounding.
    #[error("sigma is not a covariance: smallest eigenvalue {smallest}, largest {largest}")]
    NotPositive {
        /// Smallest eigenvalue, or the negative variance.
        smallest: f64,
        /// Largest eigenvalue, or the largest variance.
        largest: f64,
    },
    /// An iterative decomposition did not converge.
    #[error("no convergence in the {decomposition} of a {rows} x {columns} matrix")]
    NoConvergence {
        /// Which decomposition.
        decomposition: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// Finite input whose result overflows f64.
    #[error("overflow while computing the {what}")]
    Overflow {
        /// The quantity being computed.
        what: &'static str,
    },
    /// A number of neighbours that the set does not allow: 0, or as many as there are images or more.
    #[error("{}", neighbours_text(what, *neighbours, *num_rows))]
    Neighbours {
        /// Which set, in the plural.
        what: &'static str,
        /// The number of neighbours, the image itself not counted.
        neighbours: usize,
        /// Images in the set.
        num_rows: usize,
    },
    /// A device failed to compute products of feature vectors.
    #[error("the products of features could not be computed")]
    Products {
        /// The device's error.
        source: ProductsFailure,
    },
    /// A device returned a wrong number of products of feature vectors.
    #[error(
        "the device returned {got} products of features, not {expected}; compute them on the CPU"
    )]
    ProductCount {
        /// Number of products due.
        expected: usize,
        /// Number of products returned.
        got: usize,
    },
    /// A device returned products of feature vectors whose sum is wrong.
    #[error(
        "the device returned wrong products of features: their sum over row {row} of a tile is \
         {got}, not {expected} ± {tolerance:.1e}; compute them on the CPU"
    )]
    WrongProducts {
        /// Row of the right tile, from 0.
        row: usize,
        /// The sum of the products.
        got: f64,
        /// The sum in f64.
        expected: f64,
        /// The largest difference that rounding allows.
        tolerance: f64,
    },
    /// Products of feature vectors were requested before any tile was begun.
    #[error("products of features were requested before a tile was begun")]
    NoTileBegun,
    /// A set does not have the requested row.
    #[error("{what}: row {row} does not exist, there are {num_rows} rows, counted from 0")]
    NoSuchRow {
        /// Which set.
        what: &'static str,
        /// The requested row, from 0.
        row: usize,
        /// Rows in the set.
        num_rows: usize,
    },
    /// Too few images to estimate the spread of a value.
    #[error("an interval needs at least {least} images on a side, got {num_images}")]
    TooFewForInterval {
        /// Images on the smaller side.
        num_images: usize,
        /// The smallest allowed number.
        least: usize,
    },
    /// A confidence level outside 0..1.
    #[error("the level of an interval, {level}, must be above 0 and below 1, such as 0.95")]
    Level {
        /// The level.
        level: f64,
    },
    /// No preset has this name.
    #[error("unknown preset '{name}'; known: {known}")]
    UnknownPreset {
        /// The unknown name.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// No precision has this name.
    #[error("unknown precision '{name}'; known: {known}")]
    UnknownPrecision {
        /// The unknown name.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// No program with this name has an Inception Score.
    #[error("unknown variant of the Inception Score '{name}'; known: {known}")]
    UnknownInceptionScoreVariant {
        /// The unknown name.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// An input or output size that f32 positions cannot index exactly.
    #[error("cannot resize an axis of {input} pixels to {output}: both must be 1..=16777216")]
    AxisSize {
        /// Pixels along the axis.
        input: usize,
        /// Pixels of the output.
        output: usize,
    },
    /// A number of channels other than 1 (gray) or 3 (RGB).
    #[error("an image has 1 or 3 channels, not {channels}")]
    Channels {
        /// The number of channels.
        channels: usize,
    },
}

fn neighbours_text(what: &str, neighbours: usize, num_rows: usize) -> String {
    match num_rows {
        0 | 1 => format!("neighbours need at least 2 {what}, and there are {num_rows}"),
        _ => format!(
            "each of the {num_rows} {what} has 1 to {} neighbours, and {neighbours} are asked for",
            num_rows - 1
        ),
    }
}

/// Why products of feature vectors failed: the source of [`Error::Products`].
///
/// Two failures are equal if their messages are.
#[derive(Debug, Clone)]
pub struct ProductsFailure(Arc<dyn std::error::Error + Send + Sync>);

impl fmt::Display for ProductsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ProductsFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl PartialEq for ProductsFailure {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Error {
    /// [`Error::Products`], caused by an error of the device that computes them.
    pub fn products(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Products { source: ProductsFailure(cause.into().into()) }
    }
}
