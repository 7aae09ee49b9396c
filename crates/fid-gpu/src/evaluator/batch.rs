//! Images in memory.

use std::borrow::Cow;
use std::path::PathBuf;

use fid_core::{Image8, Preparation};
use fid_images::decode::{DecodeError, ImageFacts};

use super::error::UpdateError;

/// Borrowed images in memory: a u8 tensor of equal sizes, or a slice of images of any sizes.
///
/// ```
/// use fid_gpu::ImageBatch;
///
/// // Two RGB images of height 4 and width 6, as NumPy or Pillow lay them out.
/// let pixels = vec![0; 2 * 4 * 6 * 3];
/// let batch = ImageBatch::nhwc(&pixels, [2, 4, 6, 3])?;
/// assert_eq!(batch.len(), 2);
/// // The same as PyTorch lays them out.
/// ImageBatch::nchw(&pixels, [2, 3, 4, 6])?;
/// # Ok::<(), fid_gpu::UpdateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ImageBatch<'a> {
    pixels: Pixels<'a>,
    names: Option<Vec<PathBuf>>,
}

#[derive(Debug, Clone)]
enum Pixels<'a> {
    Equal { samples: &'a [u8], count: usize, height: usize, width: usize, channels: Channels },
    Any(&'a [Image8]),
}

/// The number of channels and their position in the shape.
#[derive(Debug, Clone, Copy)]
enum Channels {
    Last(usize),
    First(usize),
}

impl<'a> ImageBatch<'a> {
    /// u8 samples in the order image, row, column, channel: `shape` is `[n,h,w,c]`, with 1 (gray)
    /// or 3 (RGB) channels.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Shape`].
    pub fn nhwc(samples: &'a [u8], shape: [usize; 4]) -> Result<Self, UpdateError> {
        let [count, height, width, channels] = shape;
        check("n,h,w,c", shape, channels, samples)?;
        Ok(Self::equal(samples, count, height, width, Channels::Last(channels)))
    }

    /// u8 samples in the order image, channel, row, column: `shape` is `[n,c,h,w]`, with 1 (gray)
    /// or 3 (RGB) channels.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Shape`].
    pub fn nchw(samples: &'a [u8], shape: [usize; 4]) -> Result<Self, UpdateError> {
        let [count, channels, height, width] = shape;
        check("n,c,h,w", shape, channels, samples)?;
        Ok(Self::equal(samples, count, height, width, Channels::First(channels)))
    }

    /// Images of any sizes.
    pub fn images(images: &'a [Image8]) -> Self {
        Self { pixels: Pixels::Any(images), names: None }
    }

    fn equal(
        samples: &'a [u8],
        count: usize,
        height: usize,
        width: usize,
        channels: Channels,
    ) -> Self {
        let pixels = Pixels::Equal { samples, count, height, width, channels };
        Self { pixels, names: None }
    }

    /// Names the images for the list of outliers. The first folder of a name is the image's class.
    /// An unnamed image is named by its index in its set, from 0.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Names`] unless every image has exactly one name.
    pub fn named<N: Into<PathBuf>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, UpdateError> {
        let names: Vec<PathBuf> = names.into_iter().map(Into::into).collect();
        if names.len() != self.len() {
            return Err(UpdateError::Names { names: names.len(), images: self.len() });
        }
        self.names = Some(names);
        Ok(self)
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        match self.pixels {
            Pixels::Equal { count, .. } => count,
            Pixels::Any(images) => images.len(),
        }
    }

    /// Whether the batch is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of an image, if the batch has names.
    pub(crate) fn name(&self, index: usize) -> Option<&PathBuf> {
        self.names.as_ref()?.get(index)
    }

    /// The images in order, prepared, with what they were before; `name` maps an image's index to its name.
    pub(crate) fn prepared<'b>(
        &'b self,
        preparation: Preparation,
        name: &'b dyn Fn(usize) -> PathBuf,
    ) -> impl Iterator<Item = Result<(ImageFacts, Image8), crate::Error>> + 'b {
        self.iter().enumerate().map(move |(index, image)| {
            let failed = |source| DecodeError::Prepare { path: name(index), source };
            let image = image?;
            let facts = ImageFacts::of(&image);
            Ok((facts, preparation.apply(image).map_err(failed)?))
        })
    }

    /// The images in order, converted to [`Image8`].
    fn iter(&self) -> impl Iterator<Item = Result<Image8, crate::Error>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    fn get(&self, index: usize) -> Result<Image8, crate::Error> {
        let (samples, height, width, layout) = match self.pixels {
            Pixels::Any(images) => return Ok(images[index].clone()),
            Pixels::Equal { samples, height, width, channels, .. } => {
                (samples, height, width, channels)
            }
        };
        let (Channels::Last(channels) | Channels::First(channels)) = layout;
        let size = height * width * channels;
        let image = &samples[index * size..(index + 1) * size];
        let pixels = match layout {
            Channels::First(3) => {
                let [red, green, blue] = [0, 1, 2].map(|at| &image[at * size / 3..]);
                let planes = red.iter().zip(green).zip(blue);
                Cow::Owned(planes.flat_map(|((&r, &g), &b)| [r, g, b]).collect())
            }
            _ => Cow::Borrowed(image),
        };
        let image = Image8::new(height, width, channels, pixels.into_owned());
        image.map_err(|wrong| {
            let shape = [1, wrong.height, wrong.width, wrong.channels];
            UpdateError::Shape { order: "n,h,w,c", shape, samples: wrong.samples }.into()
        })
    }
}

impl<'a> From<&'a [Image8]> for ImageBatch<'a> {
    fn from(images: &'a [Image8]) -> Self {
        Self::images(images)
    }
}

fn check(
    order: &'static str,
    shape: [usize; 4],
    channels: usize,
    samples: &[u8],
) -> Result<(), UpdateError> {
    let product = shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let sizes = shape[1..].iter().all(|&size| size > 0) && (channels == 1 || channels == 3);
    if sizes && product == Some(samples.len()) {
        return Ok(());
    }
    Err(UpdateError::Shape { order, shape, samples: samples.len() })
}
