//! Small pictures inside the document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fid_core::Image8;
use image::imageops::thumbnail;
use image::{DynamicImage, GrayImage, RgbImage};

use crate::source::ImageSet;

/// Longest side in pixels.
pub(super) const SIDE: u32 = 96;

/// A picture, or the reason why it is missing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thumbnail {
    /// PNG as a `data:` URI.
    pub(super) uri: Result<String, String>,
    /// Width and height of the image itself, in pixels.
    pub(super) size: (usize, usize),
}

/// Pictures of the `wanted` images of a set, by path. Reads the set once, in its order.
pub(super) fn thumbnails(set: &ImageSet, wanted: &BTreeSet<&Path>) -> BTreeMap<PathBuf, Thumbnail> {
    let mut reader = set.images(0..set.len()).reader();
    let mut found = BTreeMap::new();
    for index in 0..set.len() {
        let path = set.path(index);
        if !wanted.contains(&*path) || found.contains_key(&*path) {
            continue;
        }
        let thumbnail = match reader.decode(index) {
            Ok(decoded) => Thumbnail::of(decoded.image),
            // The file has changed since it was read before.
            Err(error) => Thumbnail { uri: Err(error.reason()), size: (0, 0) },
        };
        found.insert(path.into_owned(), thumbnail);
        if found.len() == wanted.len() {
            break;
        }
    }
    found
}

impl Thumbnail {
    /// The picture of an image. Images smaller than [`SIDE`] keep their size.
    pub(super) fn of(image: Image8) -> Self {
        let size = (image.width(), image.height());
        Self { uri: data_uri(image).ok_or_else(|| "it has no picture".into()), size }
    }
}

fn data_uri(image: Image8) -> Option<String> {
    let (width, height) = (image.width().try_into().ok()?, image.height().try_into().ok()?);
    let gray = image.channels() == 1;
    let pixels = image.into_pixels();
    let whole = if gray {
        DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, pixels)?)
    } else {
        DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, pixels)?)
    };
    let small = match whole.width().max(whole.height()) {
        ..=SIDE => whole.to_rgb8(),
        longer => {
            let side = |length: u32| {
                let scaled = u64::from(length) * u64::from(SIDE) / u64::from(longer);
                (scaled as u32).max(1)
            };
            thumbnail(&whole.to_rgb8(), side(whole.width()), side(whole.height()))
        }
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, small.width(), small.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().ok()?.write_image_data(small.as_raw()).ok()?;
    Some(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&bytes)))
}
