//! Counts a set's images one by one.

use std::collections::BTreeMap;

use fid_images::decode::ImageFacts;
use serde::{Deserialize, Serialize};

use super::colours::{Colours, add};
use super::facts::{Census, Extent, FormatCount, Sizes};
use super::repeats::Repeats;

/// The name of what has no format: images of arrays, and from memory.
const ARRAY: &str = "array";

/// Counts of the images so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    formats: BTreeMap<String, u64>,
    #[serde(with = "pairs")]
    sizes: Sizes,
    lossy: u64,
    gray: u64,
    alpha: u64,
    uniform: u64,
    dark: u64,
    pixels: u64,
    sums: [u64; 3],
    products: [u64; 6],
    /// A hash of each image, in order.
    hashes: Vec<u64>,
}

impl Tally {
    /// Counts one more image.
    pub(crate) fn add(&mut self, facts: &ImageFacts) {
        let ImageFacts { size, conversions, format, lossy, pixels } = facts;
        let format = format.map_or(ARRAY.into(), |format| format.to_string());
        *self.formats.entry(format).or_default() += 1;
        *self.sizes.entry((size.width as u64, size.height as u64)).or_default() += 1;
        self.lossy += u64::from(*lossy);
        self.gray += u64::from(pixels.gray);
        self.alpha += u64::from(conversions.alpha_dropped);
        self.uniform += u64::from(pixels.uniform);
        self.dark += u64::from(pixels.dark);
        self.pixels += u64::from(pixels.samples);
        add(&mut self.sums, pixels.sums);
        add(&mut self.products, pixels.products);
        self.hashes.push(pixels.hash);
    }

    /// Appends the images of another tally.
    pub(crate) fn merge(&mut self, other: &Self) {
        let sum = |to: &mut u64, from: u64| *to = to.saturating_add(from);
        for (format, &images) in &other.formats {
            sum(self.formats.entry(format.clone()).or_default(), images);
        }
        for (&size, &images) in &other.sizes {
            sum(self.sizes.entry(size).or_default(), images);
        }
        sum(&mut self.lossy, other.lossy);
        sum(&mut self.gray, other.gray);
        sum(&mut self.alpha, other.alpha);
        sum(&mut self.uniform, other.uniform);
        sum(&mut self.dark, other.dark);
        sum(&mut self.pixels, other.pixels);
        add(&mut self.sums, other.sums);
        add(&mut self.products, other.products);
        self.hashes.extend_from_slice(&other.hashes);
    }

    /// The census; `None` without images. `name` maps an image's index to its name.
    pub(crate) fn census(&self, name: impl Fn(usize) -> String) -> Option<Census> {
        let repeats = Repeats::of(&self.hashes);
        let formats = self.formats.iter();
        let formats =
            formats.map(|(format, &images)| FormatCount { format: format.clone(), images });
        let empty = Extent { min: 0, median: None, max: 0 };
        let mut census = Census {
            images: self.hashes.len() as u64,
            formats: formats.collect(),
            lossy: self.lossy,
            width: empty,
            height: empty,
            distinct_sizes: None,
            sizes: Vec::new(),
            gray: self.gray,
            alpha: self.alpha,
            uniform: self.uniform,
            dark: self.dark,
            repeats: repeats.count,
            least_copies: repeats.least_copies,
            first_repeat: repeats.first.map(|pair| pair.map(name)),
            equal_to_real: None,
            first_equal_to_real: None,
            colours: Colours::of(self.pixels, self.sums, self.products),
        };
        census.sort_formats();
        census.set_sizes(&self.sizes);
        census.shorten();
        (!self.hashes.is_empty()).then_some(census)
    }

    /// The hashes of the images, in order.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// As [`Self::hashes`].
    pub(crate) fn into_hashes(self) -> Vec<u64> {
        self.hashes
    }
}

/// A map whose keys are no strings, as a list of pairs.
mod pairs {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Sizes;

    pub(super) fn serialize<S: Serializer>(map: &Sizes, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sizes, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}
