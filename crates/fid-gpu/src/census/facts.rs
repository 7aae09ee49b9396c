//! The census of a set, as reports and statistics files hold it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::colours::Colours;

/// Distinct sizes that are listed. With more, a merge of files loses the medians.
const LISTED_SIZES: usize = 16;

/// What the images of a set are, besides what they show; all numbers are of images unless said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Census {
    /// Images that were counted.
    pub images: u64,
    /// Formats by content, the most frequent first; `array` for images of arrays and from memory.
    pub formats: Vec<FormatCount>,
    /// Images that are stored with loss: JPEG, lossy WebP.
    pub lossy: u64,
    /// Widths in pixels.
    pub width: Extent,
    /// Heights in pixels.
    pub height: Extent,
    /// Number of distinct sizes; `None` after a merge of files that do not list theirs.
    pub distinct_sizes: Option<u64>,
    /// Each size with its images, if there are at most 16; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeCount>,
    /// Images without colour: of one channel, or of three equal ones.
    pub gray: u64,
    /// Images whose transparency was dropped.
    pub alpha: u64,
    /// Images of a single colour.
    pub uniform: u64,
    /// Images without a sample above 1.
    pub dark: u64,
    /// Images that equal an earlier one in size and in every pixel. Of a merged file: within its parts.
    pub repeats: u64,
    /// How often the rarest image occurs: 2 if every image occurs twice.
    pub least_copies: u64,
    /// The first repeat: the earlier image and its copy. Not in statistics files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_repeat: Option<[String; 2]>,
    /// Of the generated side: images that equal a real one; `None` if one side's images were not
    /// decoded by this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_to_real: Option<u64>,
    /// The first of these, and the real image that it equals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_equal_to_real: Option<[String; 2]>,
    /// Colours of the pixels.
    pub colours: Colours,
}

/// A format with its images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormatCount {
    /// Name of the format, such as `JPEG`, or `array`.
    pub format: String,
    /// Its images.
    pub images: u64,
}

/// A size with its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SizeCount {
    /// Pixels from left to right.
    pub width: u64,
    /// Pixels from top to bottom.
    pub height: u64,
    /// Images of this size.
    pub images: u64,
}

/// Smallest, middle and largest of some numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Extent {
    /// The smallest.
    pub min: u64,
    /// The middle one; of two middle ones the smaller. `None` after a merge of files that do not list
    /// their sizes.
    pub median: Option<u64>,
    /// The largest.
    pub max: u64,
}

/// Images by width and height.
pub(super) type Sizes = BTreeMap<(u64, u64), u64>;

impl Extent {
    /// Of numbers with their counts.
    fn of(numbers: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut counts = BTreeMap::<u64, u64>::new();
        for (number, count) in numbers {
            let sum = counts.entry(number).or_default();
            *sum = sum.saturating_add(count);
        }
        let all = counts.values().fold(0_u64, |sum, &count| sum.saturating_add(count));
        let mut before = 0_u64;
        let median = counts.iter().find(|&(_, &count)| {
            before = before.saturating_add(count);
            before >= all.div_ceil(2)
        });
        let end = |entry: Option<(&u64, &u64)>| entry.map_or(0, |(&number, _)| number);
        Self {
            min: end(counts.first_key_value()),
            median: median.map(|(&number, _)| number),
            max: end(counts.last_key_value()),
        }
    }

    /// Of both together, without their counts.
    fn join(self, other: Self) -> Self {
        let (min, max) = (self.min.min(other.min), self.max.max(other.max));
        Self { min, median: (min == max).then_some(min), max }
    }
}

impl Census {
    /// Fills in the fields that follow from the complete list of sizes.
    pub(super) fn set_sizes(&mut self, sizes: &Sizes) {
        self.width = Extent::of(sizes.iter().map(|(&(width, _), &count)| (width, count)));
        self.height = Extent::of(sizes.iter().map(|(&(_, height), &count)| (height, count)));
        self.distinct_sizes = Some(sizes.len() as u64);
        let listed = sizes.iter();
        self.sizes =
            listed.map(|(&(width, height), &images)| SizeCount { width, height, images }).collect();
    }

    /// Keeps no long list of sizes.
    pub(crate) fn shorten(&mut self) {
        if self.sizes.len() > LISTED_SIZES {
            self.sizes.clear();
        }
    }

    /// The census for a statistics file: without names.
    pub(crate) fn without_names(&self) -> Self {
        let (first_repeat, equal_to_real, first_equal_to_real) = Default::default();
        Self { first_repeat, equal_to_real, first_equal_to_real, ..self.clone() }
    }

    /// The census of two sets together. Repeats from one to the other are not known. Call
    /// [`shorten`](Self::shorten) after the last.
    pub(crate) fn merged(mut self, other: &Self) -> Self {
        let sum = u64::saturating_add;
        for new in &other.formats {
            match self.formats.iter_mut().find(|known| known.format == new.format) {
                Some(known) => known.images = sum(known.images, new.images),
                None => self.formats.push(new.clone()),
            }
        }
        self.sort_formats();
        if self.sizes.is_empty() || other.sizes.is_empty() {
            self.sizes.clear();
            self.distinct_sizes = None;
            self.width = self.width.join(other.width);
            self.height = self.height.join(other.height);
        } else {
            let mut sizes = Sizes::new();
            for size in self.sizes.iter().chain(&other.sizes) {
                let images = sizes.entry((size.width, size.height)).or_default();
                *images = sum(*images, size.images);
            }
            self.set_sizes(&sizes);
        }
        self.colours = self.colours.merged(&other.colours);
        let (first_repeat, equal_to_real, first_equal_to_real) = Default::default();
        Self {
            images: sum(self.images, other.images),
            lossy: sum(self.lossy, other.lossy),
            gray: sum(self.gray, other.gray),
            alpha: sum(self.alpha, other.alpha),
            uniform: sum(self.uniform, other.uniform),
            dark: sum(self.dark, other.dark),
            repeats: sum(self.repeats, other.repeats),
            least_copies: self.least_copies.min(other.least_copies),
            first_repeat,
            equal_to_real,
            first_equal_to_real,
            ..self
        }
    }

    /// The most frequent first, then by name.
    pub(super) fn sort_formats(&mut self) {
        self.formats.sort_by(|a, b| b.images.cmp(&a.images).then_with(|| a.format.cmp(&b.format)));
    }

    /// Two lines for people: formats and sizes; what is unusual, and the mean colour.
    pub fn lines(&self) -> [String; 2] {
        let formats = self.formats.iter().map(|it| format!("{} {}", it.images, it.format));
        let formats = formats.collect::<Vec<_>>().join(", ");
        let (width, height) = (self.width, self.height);
        let size = if (width.min, height.min) == (width.max, height.max) {
            format!("{}x{} pixels", width.min, height.min)
        } else {
            let median = self.median_size();
            let median = median.map_or(String::new(), |(w, h)| format!(", medians {w}x{h}"));
            let distinct = self.distinct_sizes.map_or(String::new(), |n| format!(", {n} sizes"));
            format!(
                "{} to {} pixels wide, {} to {} high{median}{distinct}",
                width.min, width.max, height.min, height.max
            )
        };
        let unusual = [
            (self.gray, "gray"),
            (self.alpha, "transparent"),
            (self.uniform, "of a single colour"),
            (self.repeats, "equal to an earlier one"),
        ];
        let unusual = unusual.iter().filter(|(count, _)| *count > 0);
        let unusual = unusual.map(|(count, what)| format!("{count} {what}, ")).collect::<String>();
        let [red, green, blue] = self.colours.mean;
        let equal = self.equal_to_real.filter(|&count| count > 0);
        let equal = equal.map_or(String::new(), |count| format!("{count} equal to a real one, "));
        [
            format!("{} images: {formats}; {size}", self.images),
            format!("{unusual}{equal}mean colour {red:.1}, {green:.1}, {blue:.1}"),
        ]
    }

    /// Width and height in the middle.
    pub(super) fn median_size(&self) -> Option<(u64, u64)> {
        Some((self.width.median?, self.height.median?))
    }
}
