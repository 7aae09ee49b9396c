//! What is done to an image before the preset: resized, then cut to its centre.
//!
//! Users compare a generator's samples with real images of another size or shape, which they
//! prepare as their training does: with Pillow's `Image.resize` and torchvision's `CenterCrop`.

mod area;
mod error;
mod filter;
mod resize;

use std::fmt;
use std::str::FromStr;

pub use area::{Area, ResizeTo};
pub use error::PreparationError;
pub use filter::PillowFilter;

use super::steps::Centre;
use crate::{Image8, ImageSize};

/// The longest side of a resized image.
const MAX_SIDE: usize = 65_535;

/// The most pixels of a resized image; Pillow warns of a decompression bomb above.
const MAX_PIXELS: usize = 178_956_970;

/// How images are prepared before the preset; by default not at all. Pixels equal those of Pillow
/// 13 to the bit.
///
/// As text `resize 256 lanczos, center-crop 224`; `none` for no preparation.
///
/// ```
/// use fid_core::preprocess::{PillowFilter, Preparation};
/// use fid_core::Image8;
///
/// let preparation =
///     Preparation::default().resize("2".parse()?, PillowFilter::Box).center_crop("1x2".parse()?);
/// assert_eq!(preparation, "resize 2 box, center-crop 1x2".parse()?);
/// // The shorter side has two pixels already. Of four columns, the crop keeps the third.
/// let image = Image8::new(2, 4, 1, vec![1, 2, 3, 4, 5, 6, 7, 8])?;
/// assert_eq!(preparation.apply(image)?.pixels(), [3, 7]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Preparation {
    resize: Option<(ResizeTo, PillowFilter)>,
    center_crop: Option<Area>,
}

impl Preparation {
    /// Resizes with a filter of Pillow, before any crop.
    #[must_use]
    pub fn resize(self, to: ResizeTo, filter: PillowFilter) -> Self {
        Self { resize: Some((to, filter)), ..self }
    }

    /// Cuts out the centre. From an odd rest, torchvision's `CenterCrop` takes `rest/2` rounded to
    /// the even neighbour off the top and the left.
    #[must_use]
    pub fn center_crop(self, area: Area) -> Self {
        Self { center_crop: Some(area), ..self }
    }

    /// The resize, and its filter.
    pub fn resize_step(&self) -> Option<(ResizeTo, PillowFilter)> {
        self.resize
    }

    /// The area that is cut out.
    pub fn center_crop_step(&self) -> Option<Area> {
        self.center_crop
    }

    /// Whether images stay as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Prepares an image. Gray stays gray: each channel is prepared alone.
    ///
    /// # Errors
    /// [`PreparationError::SmallerThanCrop`], [`PreparationError::TooLarge`].
    pub fn apply(&self, image: Image8) -> Result<Image8, PreparationError> {
        let from = ImageSize::from(&image);
        let to = self.resized(from)?;
        let too_large = |_| too_large(from, to);
        let image = match self.resize {
            None => image,
            Some((_, filter)) => resize::resize(image, to, filter.mode()).map_err(too_large)?,
        };
        match self.center_crop {
            None => Ok(image),
            Some(area) => crop(image, area),
        }
    }

    /// Bytes that [`apply`](Self::apply) takes at most beside an image of this size.
    pub fn memory(&self, image: ImageSize) -> u64 {
        // An image that cannot be resized takes nothing.
        let Ok(to) = self.resized(image) else { return 0 };
        let resized = self.resize.map_or(0, |_| resize::memory(image, to));
        let cut = self.center_crop.map_or(0, |area| {
            u64::from(area.width.get()) * u64::from(area.height.get()) * image.channels as u64
        });
        resized + cut
    }

    /// The size of an image after the resize.
    fn resized(&self, image: ImageSize) -> Result<ImageSize, PreparationError> {
        let ImageSize { height, width, channels } = image;
        let (height, width) = match self.resize {
            None => (height, width),
            Some((ResizeTo::Exact(area), _)) => (area.height.get().into(), area.width.get().into()),
            Some((ResizeTo::Shorter(side), _)) => {
                let side = usize::from(side.get());
                // Rounded down; torchvision's floats are exact for such numbers.
                let longer = |long: usize, short: usize| {
                    (side as u128 * long as u128 / short.max(1) as u128) as usize
                };
                if width <= height {
                    (longer(height, width), side)
                } else {
                    (side, longer(width, height))
                }
            }
        };
        let to = ImageSize { height, width, channels };
        let allowed = height.max(width) <= MAX_SIDE && height.saturating_mul(width) <= MAX_PIXELS;
        if self.resize.is_none() || allowed { Ok(to) } else { Err(too_large(image, to)) }
    }
}

fn too_large(from: ImageSize, to: ImageSize) -> PreparationError {
    let (width, height) = (from.width, from.height);
    PreparationError::TooLarge { width, height, new_width: to.width, new_height: to.height }
}

/// Cuts the centre out of an image.
fn crop(image: Image8, crop: Area) -> Result<Image8, PreparationError> {
    let ImageSize { height, width, channels } = (&image).into();
    let (crop_height, crop_width) = (crop.height.get().into(), crop.width.get().into());
    let too_small = || PreparationError::SmallerThanCrop { width, height, crop_width, crop_height };
    if (crop_height, crop_width) == (height, width) {
        return Ok(image);
    }
    let before = |size: usize, new: usize| (size >= new).then(|| Centre::Even.start(size, new));
    let (Some(top), Some(left)) = (before(height, crop_height), before(width, crop_width)) else {
        return Err(too_small());
    };
    let rows = image.pixels().chunks_exact(width * channels).skip(top).take(crop_height);
    let mut pixels = Vec::with_capacity(crop_height * crop_width * channels);
    rows.for_each(|row| pixels.extend_from_slice(&row[left * channels..][..crop_width * channels]));
    Image8::new(crop_height, crop_width, channels, pixels).map_err(|_| too_small())
}

impl fmt::Display for Preparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.resize, self.center_crop) {
            (None, None) => f.write_str("none"),
            (Some((to, filter)), None) => write!(f, "resize {to} {filter}"),
            (None, Some(area)) => write!(f, "center-crop {area}"),
            (Some((to, filter)), Some(area)) => {
                write!(f, "resize {to} {filter}, center-crop {area}")
            }
        }
    }
}

impl FromStr for Preparation {
    type Err = PreparationError;

    fn from_str(text: &str) -> Result<Self, PreparationError> {
        let wrong = || PreparationError::Text { text: text.into() };
        let mut preparation = Self::default();
        for step in text.split(", ").filter(|_| text != "none") {
            preparation = match step.split(' ').collect::<Vec<_>>()[..] {
                ["resize", to, filter] if preparation.is_none() => {
                    preparation.resize(to.parse()?, filter.parse()?)
                }
                ["center-crop", area] if preparation.center_crop.is_none() => {
                    preparation.center_crop(area.parse()?)
                }
                _ => return Err(wrong()),
            };
        }
        Ok(preparation)
    }
}
