//! The layout of an image's samples in an array.

use fid_core::{Image8, LengthMismatch};

use super::error::ArrayProblem;
use crate::decode::Limits;

/// The layout of an image's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) height: u64,
    pub(super) width: u64,
    /// 1 or 3.
    pub(super) channels: u64,
    /// `[channels, height, width]` instead of `[height, width, channels]`.
    pub(super) planar: bool,
}

impl Layout {
    /// Samples of an image. The product fits because sizes are checked when a set is opened.
    pub(super) fn bytes(&self) -> u64 {
        self.height * self.width * self.channels
    }

    /// Refuses sizes that the limits do not allow.
    pub(super) fn checked(self, limits: &Limits) -> Result<Self, ArrayProblem> {
        let Self { height, width, .. } = self;
        if height == 0 || width == 0 {
            return Err(ArrayProblem(format!("says its images are {width}x{height} pixels")));
        }
        if !limits.allow(width, height) {
            let Limits { max_side, max_pixels, .. } = limits;
            return Err(ArrayProblem(format!(
                "says its images are {width}x{height} pixels, more than {max_side} a side or \
                 {max_pixels} in all: store large images as files"
            )));
        }
        Ok(self)
    }

    /// The image that samples in this layout are.
    pub(super) fn image(&self, samples: Vec<u8>) -> Result<Image8, LengthMismatch> {
        let (height, width) = (self.height as usize, self.width as usize);
        let channels = self.channels as usize;
        if !self.planar || channels == 1 {
            return Image8::new(height, width, channels, samples);
        }
        let pixels = height * width;
        let mut mixed = vec![0; samples.len()];
        for (channel, plane) in samples.chunks_exact(pixels).enumerate() {
            let samples = mixed.iter_mut().skip(channel).step_by(channels);
            samples.zip(plane).for_each(|(to, from)| *to = *from);
        }
        Image8::new(height, width, channels, mixed)
    }
}
