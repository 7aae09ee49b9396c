//! Errors of adding to an evaluator and of merging evaluators.

use crate::observer::Side;

/// Images or features in memory that cannot be added to a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The number of samples does not fit the shape.
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
    /// The number of names differs from the number of images.
    #[error("{names} names for {images} images")]
    Names {
        /// Number of names.
        names: usize,
        /// Number of images.
        images: usize,
    },
    /// The features end in the middle of a row.
    #[error("{values} values are not a whole number of feature vectors of {dim} values")]
    Features {
        /// Number of values.
        values: usize,
        /// Dimension of a feature vector.
        dim: usize,
    },
    /// A metric or preset needs more than features at pool3.
    #[error(
        "features alone are not enough: the metrics need the layer {layer} under the preset {preset} too; \
         add images instead, or leave these metrics out"
    )]
    NeedsImages {
        /// The layer that is missing.
        layer: &'static str,
        /// The preset under which it is missing.
        preset: &'static str,
    },
    /// The evaluator has no network to run images through.
    #[error("this evaluator has no network: add features instead of images")]
    NeedsFeatures,
    /// [`Side::Input`], which an evaluator does not have.
    #[error("an evaluator has no {side} side: name the real or the fake one")]
    Side {
        /// The side.
        side: Side,
    },
    /// The side was replaced by statistics, which cannot grow.
    #[error(
        "the {side} side is statistics that were made before, which cannot grow: reset it first"
    )]
    Fixed {
        /// The side.
        side: Side,
    },
}

/// Another set cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The bytes are no such state.
    #[error("these bytes are not what fid-gpu wrote to be merged")]
    NotAState,
    /// The state has an unknown version.
    #[error("this state has version {found}, and this program reads version {known}")]
    Version {
        /// Version of the state.
        found: u8,
        /// Version that this program reads.
        known: u8,
    },
    /// The state is truncated or was changed.
    #[error("the state to be merged is damaged: {message}")]
    Damaged {
        /// Description of the damage.
        message: String,
    },
    /// Statistics of an unknown number of images.
    #[error(
        "the number of images is unknown, so that nothing can be added: make the statistics again with fid-gpu, which \
         records it"
    )]
    UnknownCount,
    /// One set keeps the features of single images and the other does not.
    #[error(
        "the other statistics do not keep the features of single images, and these do: make both with or without them"
    )]
    NoFeatures,
    /// The evaluators keep different features.
    #[error(
        "the evaluators keep different features of the {side} side ({ours}; {theirs}): build both with \
         the same metrics, presets and lists of images"
    )]
    Layout {
        /// The side.
        side: Side,
        /// Layers and names that this evaluator keeps.
        ours: String,
        /// Layers and names that the other evaluator keeps.
        theirs: String,
    },
}
