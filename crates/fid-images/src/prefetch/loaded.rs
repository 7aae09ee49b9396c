//! Images as the prefetcher hands them over.

use std::time::Duration;

use fid_core::ImageSize;

use super::known::KnownImage;
use super::memory_budget::Reservation;
use crate::decode::{DecodeError, Decoded, ImageFacts};

/// An image of a set, how long it took, and the memory it holds until it is dropped.
pub struct Prefetched<'a, H, M> {
    /// The image, or why it cannot be read.
    pub result: Result<Loaded<H, M>, DecodeError>,
    /// Time that reading and decoding took, without waiting for memory.
    pub took: Duration,
    /// The image's part of the memory budget: drop it together with the image.
    pub reservation: Reservation<'a>,
}

/// An image that was read.
#[derive(Debug)]
pub enum Loaded<H, M> {
    /// The decoded and prepared image, the facts about its file, and the lookup's [`Miss`](super::Lookup::Miss) if there was
    /// a lookup.
    Decoded(Decoded, ImageFacts, Option<M>),
    /// The image is known and was not decoded.
    Known(H),
}

impl<H: KnownImage, M> Loaded<H, M> {
    /// The size of the image as it is now: prepared, if the set prepares its images. That of the file
    /// for an image that was not decoded.
    pub fn size(&self) -> ImageSize {
        match self {
            Self::Decoded(decoded, ..) => (&decoded.image).into(),
            Self::Known(hit) => hit.facts().size,
        }
    }

    /// The facts about the file: about the image before it was prepared.
    pub fn facts(&self) -> ImageFacts {
        match self {
            Self::Decoded(_, facts, _) => *facts,
            Self::Known(hit) => hit.facts(),
        }
    }
}
