//! Images whose results the caller already has.

use std::convert::Infallible;

use crate::content_key::ContentKey;
use crate::decode::ImageFacts;

/// Finds images that need not be decoded, such as those in a cache of features.
pub trait KnownImages: Sync {
    /// The caller's results for an image.
    type Hit: KnownImage;
    /// The caller's data for adding an unknown image.
    type Miss: Send;

    /// Looks an image up by its content. Called from several threads at once.
    fn find(&self, key: ContentKey) -> Lookup<Self::Hit, Self::Miss>;
}

/// The caller's results for an image.
pub trait KnownImage: Send {
    /// The facts that decoding the image would give.
    fn facts(&self) -> ImageFacts;

    /// Bytes that the known results take in memory.
    fn bytes(&self) -> u64;
}

/// The answer to a lookup.
#[derive(Debug)]
pub enum Lookup<H, M> {
    /// The image is known.
    Hit(H),
    /// The image has to be decoded.
    Miss(M),
}

/// Knows no image: with `None::<NothingKnown>` every image is decoded and no image is hashed.
#[derive(Debug, Clone, Copy)]
pub struct NothingKnown(Infallible);

impl KnownImages for NothingKnown {
    type Hit = Infallible;
    type Miss = Infallible;

    fn find(&self, _: ContentKey) -> Lookup<Infallible, Infallible> {
        match self.0 {}
    }
}

impl KnownImage for Infallible {
    fn facts(&self) -> ImageFacts {
        match *self {}
    }

    fn bytes(&self) -> u64 {
        match *self {}
    }
}
