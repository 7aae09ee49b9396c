//! One image of a set on its way to pixels, in steps whose memory is known before each.

use std::io;
use std::path::PathBuf;

use fid_core::{ImageSize, Preparation};

use super::layout::Layout;
use crate::content_key::ContentKey;
use crate::decode::{DecodeError, Decoded, ImageData, ImageFile, Limits};

type ReadSamples<'a> = Box<dyn FnOnce() -> io::Result<Vec<u8>> + 'a>;

/// An image that has been found and not yet read.
pub(crate) struct Opened<'a>(pub(super) Source<'a>);

pub(super) enum Source<'a> {
    /// A file of an image format, on its own or in an archive.
    File(ImageFile<'a>),
    /// An image of an array.
    Samples { path: PathBuf, layout: Layout, read: ReadSamples<'a> },
}

/// An image in memory, not yet decoded.
pub(crate) struct Content<'a>(Read<'a>);

enum Read<'a> {
    File(ImageData<'a>),
    Samples { path: PathBuf, layout: Layout, samples: Vec<u8> },
}

impl<'a> Opened<'a> {
    /// Bytes that [`read`](Self::read) takes.
    pub(crate) fn len(&self) -> u64 {
        match &self.0 {
            Source::File(file) => file.len(),
            Source::Samples { layout, .. } => layout.bytes(),
        }
    }

    /// Reads the image into memory.
    pub(crate) fn read(self) -> Result<Content<'a>, DecodeError> {
        match self.0 {
            Source::File(file) => file.read().map(|data| Content(Read::File(data))),
            Source::Samples { path, layout, read } => match read() {
                Ok(samples) => Ok(Content(Read::Samples { path, layout, samples })),
                Err(source) => Err(DecodeError::Unpack { path, source }),
            },
        }
    }
}

impl Content<'_> {
    /// The key of the content.
    pub(crate) fn key(&self) -> ContentKey {
        match &self.0 {
            Read::File(data) => ContentKey::of_file(data.bytes()),
            Read::Samples { layout, samples, .. } => {
                let Layout { height, width, channels, planar } = *layout;
                ContentKey::of_samples([height, width, channels, planar.into()], samples)
            }
        }
    }

    /// The most bytes that [`decode`](Self::decode) and `preparation` take beside this content, and
    /// at least those of the image.
    pub(crate) fn decoding_memory(
        &self,
        limits: &Limits,
        preparation: Preparation,
    ) -> Result<u64, DecodeError> {
        let (width, height, channels, memory) = match &self.0 {
            Read::File(data) => {
                let probe = data.probe(limits)?;
                (probe.width, probe.height, 3, probe.memory)
            }
            Read::Samples { layout, .. } => {
                (layout.width, layout.height, layout.channels, layout.bytes())
            }
        };
        let [width, height, channels] = [width, height, channels].map(|size| size as usize);
        // A TIFF may be turned upright after its headers were read.
        let preparing = [(height, width), (width, height)]
            .map(|(height, width)| preparation.memory(ImageSize { height, width, channels }));
        Ok(memory + preparing[0].max(preparing[1]))
    }

    /// Decodes the image.
    pub(crate) fn decode(self, limits: &Limits) -> Result<Decoded, DecodeError> {
        match self.0 {
            Read::File(data) => data.decode(limits),
            Read::Samples { path, layout, samples } => {
                let image = layout.image(samples).map_err(|error| {
                    let source = io::Error::new(io::ErrorKind::InvalidData, error);
                    DecodeError::Unpack { path, source }
                })?;
                let (format, lossy, conversions) = Default::default();
                Ok(Decoded { image, format, lossy, conversions })
            }
        }
    }
}
