//! Images as the prefetcher hands them over.

use std::time::Duration;

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
    /// The decoded image with its facts, and the lookup's [`Miss`](super::Lookup::Miss) if there was
    /// a lookup.
    Decoded(Decoded, ImageFacts, Option<M>),
    /// The image is known and was not decoded.
    Known(H),
}

impl<H: KnownImage, M> Loaded<H, M> {
    /// The facts about the image.
    pub fn facts(&self) -> ImageFacts {
        match self {
            Self::Decoded(_, facts, _) => *facts,
            Self::Known(hit) => hit.facts(),
        }
    }
}
