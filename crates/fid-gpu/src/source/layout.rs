//! How the samples of an image lie in an array.

use std::io;
use std::path::PathBuf;

use super::ArrayProblem;
use crate::decode::{DecodeError, Image8, MAX_PIXELS, MAX_SIDE};

/// How the samples of an image lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(super) height: u64,
    pub(super) width: u64,
    /// 1 or 3.
    pub(super) channels: u64,
    /// `[channels, height, width]` and not `[height, width, channels]`.
    pub(super) planar: bool,
}

impl Layout {
    /// Samples of an image. Sizes are checked when the layout is made.
    pub(super) fn bytes(&self) -> u64 {
        self.height * self.width * self.channels
    }

    /// Refuses sizes that no image is decoded of.
    pub(super) fn checked(self) -> Result<Self, ArrayProblem> {
        let Self { height, width, .. } = self;
        if height == 0 || width == 0 {
            return Err(ArrayProblem(format!("says its images are {width}x{height} pixels")));
        }
        let pixels = height.checked_mul(width);
        if height.max(width) > MAX_SIDE || pixels.is_none_or(|pixels| pixels > MAX_PIXELS) {
            return Err(ArrayProblem(format!(
                "says its images are {width}x{height} pixels, more than {MAX_SIDE} a side or \
                 {MAX_PIXELS} in all: store large images as files"
            )));
        }
        Ok(self)
    }

    /// The image of samples in this order.
    pub(super) fn image(&self, samples: Vec<u8>) -> Result<Image8, fid_core::LengthMismatch> {
        let (height, width) = (self.height as usize, self.width as usize);
        let channels = self.channels as usize;
        if !self.planar || channels == 1 {
            return Image8::new(height, width, channels, samples);
        }
        let pixels = height * width;
        let mut mixed = vec![0; samples.len()];
        for (channel, plane) in samples.chunks_exact(pixels).enumerate() {
            let places = mixed.iter_mut().skip(channel).step_by(channels);
            places.zip(plane).for_each(|(to, from)| *to = *from);
        }
        Image8::new(height, width, channels, mixed)
    }
}

/// Samples that have been read.
pub(crate) struct Samples {
    pub(super) path: PathBuf,
    pub(super) layout: Layout,
    pub(super) samples: Vec<u8>,
}

impl Samples {
    pub(super) fn image(self) -> Result<Image8, DecodeError> {
        let Self { path, layout, samples } = self;
        layout.image(samples).map_err(|error| {
            let cause = io::Error::new(io::ErrorKind::InvalidData, error);
            DecodeError::Unpack { path, cause }
        })
    }
}
