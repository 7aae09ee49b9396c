//! Everything that can go wrong in this crate.

/// An error of `fid-core`. The facts are in the variants; the messages are for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A slice has not the length its shape asks for.
    #[error("{what}: expected {expected} values, got {got}")]
    Length {
        /// Which argument.
        what: &'static str,
        /// The length its shape asks for; for batches, the nearest multiple of `dim` below.
        expected: usize,
        /// The length it has.
        got: usize,
    },
    /// Feature vectors without any value.
    #[error("feature vectors need at least one value")]
    ZeroDim,
    /// Two things of different feature dimension were put together.
    #[error("feature dimensions differ: {a} and {b}")]
    DimMismatch {
        /// Dimension of the first.
        a: usize,
        /// Dimension of the second.
        b: usize,
    },
    /// A covariance with the divisor N − 1 does not exist.
    #[error("covariance needs at least two images, got {num_images}")]
    TooFewImages {
        /// How many there were.
        num_images: u64,
    },
    /// Statistics were to be merged that do not tell how many images they are of.
    #[error("the number of images is not known, and without it statistics cannot be merged")]
    UnknownCount,
    /// A metric needs more images than a side has.
    #[error("{metric} needs {needed} images, and the {side} side has {available}")]
    NotEnoughImages {
        /// What needs them.
        metric: &'static str,
        /// Which side: real or fake.
        side: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// More images than draws of 32 bits can tell apart.
    #[error("{num_images} images are more than the random draws can tell apart, 4294967295")]
    TooManyImages {
        /// How many there are.
        num_images: u64,
    },
    /// A setting of a metric is too small to mean anything.
    #[error("{name}: {value} is too small, at least {least}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: usize,
        /// The least that makes sense.
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
        /// The value found.
        value: f64,
    },
    /// Sums of squares that no real numbers have: `sum²` exceeds `n` times the Gram's diagonal.
    #[error("sum and Gram matrix contradict each other in column {column}")]
    InconsistentSums {
        /// Channel, from 0.
        column: usize,
    },
    /// A matrix given as covariance is not symmetric, not even as f32 data would be.
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
    /// A matrix given as covariance has an eigenvalue too negative to be rounding.
    #[error("sigma is no covariance: smallest eigenvalue {smallest}, largest {largest}")]
    NotPositive {
        /// Smallest eigenvalue, or the negative variance found.
        smallest: f64,
        /// Largest eigenvalue, or the largest variance.
        largest: f64,
    },
    /// An iterative decomposition gave up.
    #[error("no convergence in the {decomposition} of a {rows} x {columns} matrix")]
    NoConvergence {
        /// Which decomposition.
        decomposition: &'static str,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// Finite input, but too large for f64 arithmetic.
    #[error("overflow while computing the {what}")]
    Overflow {
        /// What was being computed.
        what: &'static str,
    },
    /// A set without as many neighbours.
    #[error(
        "{what}: neighbour {neighbours} of each image was asked for, which needs 1 <= {neighbours} < {num_rows}, the number of images"
    )]
    Neighbours {
        /// Which set.
        what: &'static str,
        /// Which neighbour was asked for, from 1; the image itself is none.
        neighbours: usize,
        /// Images in the set.
        num_rows: usize,
    },
    /// The products of feature vectors could not be computed, or are wrong.
    #[error("the products of features could not be had: {message}")]
    Products {
        /// What is wrong, and the way out.
        message: String,
    },
    /// A row was asked for that a set does not have.
    #[error("{what}: row {row} was asked for, but there are {num_rows}, counted from 0")]
    NoSuchRow {
        /// Which set.
        what: &'static str,
        /// The row asked for, from 0.
        row: usize,
        /// Rows in the set.
        num_rows: usize,
    },
    /// Too few images to tell how a value varies.
    #[error("an interval needs at least {least} images on a side, got {num_images}")]
    TooFewForInterval {
        /// Images on the smaller side.
        num_images: usize,
        /// The least number.
        least: usize,
    },
    /// No probability.
    #[error("the level of an interval is {level}; it must be above 0 and below 1, such as 0.95")]
    Level {
        /// The level asked for.
        level: f64,
    },
    /// No preset has this name.
    #[error("unknown preset '{name}'; known: {known}")]
    UnknownPreset {
        /// The name asked for.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// No precision has this name.
    #[error("unknown precision '{name}'; known: {known}")]
    UnknownPrecision {
        /// The name asked for.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// An image side or output size is outside of what the tables can index exactly.
    #[error("cannot resize an axis of {input} pixels to {output}: both must be 1..=16777216")]
    AxisSize {
        /// Pixels along the axis.
        input: usize,
        /// Pixels asked for.
        output: usize,
    },
    /// Images have 1 channel (grey) or 3 (red, green, blue).
    #[error("an image has 1 or 3 channels, not {channels}")]
    Channels {
        /// The number given.
        channels: usize,
    },
}

impl Error {
    /// [`Error::NotFinite`] of a single row, with the row's number.
    pub(crate) fn in_row(self, row: u64) -> Self {
        match self {
            Self::NotFinite { what, column, value, .. } => {
                Self::NotFinite { what, row, column, value }
            }
            other => other,
        }
    }
}
