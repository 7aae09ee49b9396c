//! Why an image cannot be prepared, or a text is no preparation.

/// Why an image cannot be resized or cropped before the preset, or a text does not say how. The
/// messages about an image continue a sentence that names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparationError {
    /// The image is smaller than the area to be cut out.
    #[error(
        "it has {width}x{height} pixels, and the crop from its centre has \
         {crop_width}x{crop_height}: enlarge it first, or cut out less"
    )]
    SmallerThanCrop {
        /// Width of the image, resized if a resize comes first.
        width: usize,
        /// Height of the image.
        height: usize,
        /// Width of the area to be cut out.
        crop_width: usize,
        /// Height of the area.
        crop_height: usize,
    },
    /// The resized image would be too large.
    #[error(
        "it has {width}x{height} pixels and would become {new_width}x{new_height}, more than 65535 a side or \
         178956970 in all: resize it to less, or to an exact width and height"
    )]
    TooLarge {
        /// Width of the image.
        width: usize,
        /// Height of the image.
        height: usize,
        /// Width of the resized image.
        new_width: usize,
        /// Height of the resized image.
        new_height: usize,
    },
    /// A text is no size.
    #[error(
        "'{text}' is no size: write 256, or 256x128 for 256 wide and 128 high, from 1 to 65535"
    )]
    Size {
        /// The text.
        text: String,
    },
    /// No filter has this name.
    #[error("unknown filter '{name}'; known: {known}")]
    UnknownFilter {
        /// The unknown name.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// A text is no preparation.
    #[error(
        "'{text}' is no preparation: write none, or such as 'resize 256 lanczos, center-crop 256'"
    )]
    Text {
        /// The text.
        text: String,
    },
}
