//! One image of a set on its way to pixels, step by step: what each step takes is known before it.

use std::io;
use std::path::PathBuf;

use super::layout::{Layout, Samples};
use crate::decode::{DecodeError, Decoded, ImageData, ImageFile, Losses};
use crate::feature_cache::Key;

/// Reads the samples of an image.
type ReadSamples<'a> = Box<dyn FnOnce() -> io::Result<Vec<u8>> + 'a>;

/// An image that has been found and not yet read.
pub(crate) enum Opened<'a> {
    /// Of an image format, in a file of its own or in an archive.
    File(ImageFile<'a>),
    /// Of an array.
    Samples { path: PathBuf, layout: Layout, read: ReadSamples<'a> },
}

/// An image in memory.
pub(crate) enum Content<'a> {
    File(ImageData<'a>),
    Samples(Samples),
}

impl<'a> Opened<'a> {
    /// How many bytes [`read`](Self::read) takes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Samples { layout, .. } => layout.bytes(),
        }
    }

    /// The whole of it.
    pub(crate) fn read(self) -> Result<Content<'a>, DecodeError> {
        match self {
            Self::File(file) => file.read().map(Content::File),
            Self::Samples { path, layout, read } => match read() {
                Ok(samples) => Ok(Content::Samples(Samples { path, layout, samples })),
                Err(cause) => Err(DecodeError::Unpack { path, cause }),
            },
        }
    }
}

impl Content<'_> {
    /// What its features are found by.
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::File(data) => Key::of_file(data.bytes()),
            Self::Samples(Samples { layout, samples, .. }) => {
                let Layout { height, width, channels, planar } = *layout;
                Key::of_samples([height, width, channels, planar.into()], samples)
            }
        }
    }

    /// How many pixels it says it has; 0 where it says none that would be decoded.
    pub(crate) fn pixels(&self) -> u64 {
        match self {
            Self::File(data) => data.pixels(),
            Self::Samples(samples) => samples.layout.height * samples.layout.width,
        }
    }

    /// The image.
    pub(crate) fn decode(self) -> Result<Decoded, DecodeError> {
        match self {
            Self::File(data) => data.decode(),
            Self::Samples(samples) => {
                Ok(Decoded { image: samples.image()?, format: None, losses: Losses::default() })
            }
        }
    }
}
