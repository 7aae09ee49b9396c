//! What cannot be added to an evaluator.

use crate::observer::Side;

/// Images or features in memory that cannot be added to a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The samples are not images of this shape.
    #[error(
        "{samples} samples are not images of shape {shape:?}, in the order {order}: the product must \
         be the number of samples, height and width at least 1, and the channels 1 (gray) or 3 (RGB)"
    )]
    Shape {
        /// The order of the dimensions: `n,h,w,c` or `n,c,h,w`.
        order: &'static str,
        /// The dimensions, in this order.
        shape: [usize; 4],
        /// Number of samples.
        samples: usize,
    },
    /// There are more or fewer names than images.
    #[error("{names} names for {images} images")]
    Names {
        /// Number of names.
        names: usize,
        /// Number of images.
        images: usize,
    },
    /// The features end within a row.
    #[error("{values} values are not a whole number of feature vectors of {dim} values")]
    Features {
        /// Number of values.
        values: usize,
        /// Values of a feature vector.
        dim: usize,
    },
    /// Features at pool3 are not enough.
    #[error(
        "features alone are not enough: the metrics need the layer {layer} under the preset {preset} too; \
         add images instead, or leave these metrics out"
    )]
    NeedsImages {
        /// The layer.
        layer: &'static str,
        /// The preset.
        preset: &'static str,
    },
    /// The evaluator has no network.
    #[error("this evaluator has no network: add features instead of images")]
    NeedsFeatures,
    /// An evaluator compares two sets, and this is neither.
    #[error("an evaluator has no {side} side: name the real or the fake one")]
    Side {
        /// The side.
        side: Side,
    },
    /// The side is a file of statistics, which cannot grow.
    #[error(
        "the {side} side is statistics that were made before, which cannot grow: reset it first"
    )]
    Fixed {
        /// The side.
        side: Side,
    },
}

/// The sets of another evaluator that cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The bytes are no state of an evaluator.
    #[error("these bytes are not the state of an evaluator")]
    NotAState,
    /// The bytes are of another version.
    #[error("this state has version {found}, and this program reads version {known}")]
    Version {
        /// Theirs.
        found: u8,
        /// Ours.
        known: u8,
    },
    /// Bytes are missing or changed.
    #[error("the state of an evaluator is damaged: {message}")]
    Damaged {
        /// What is wrong.
        message: String,
    },
    /// The evaluators keep different features.
    #[error(
        "the evaluators keep different features of the {side} side ({ours}; {theirs}): build both with \
         the same metrics, presets and lists of images"
    )]
    Layout {
        /// The side.
        side: Side,
        /// What this evaluator keeps.
        ours: String,
        /// What the other one keeps.
        theirs: String,
    },
}
