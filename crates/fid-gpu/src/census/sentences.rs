//! Sentences about one set.

use super::facts::Census;
use crate::observer::Side;

/// From this share of a set on, repeats and images of one colour move a distance by more than the
/// draw of the set does.
const NOTABLE: f64 = 0.01;

/// From this share on, a property is one of the set and not of some images.
pub(super) const MOST: f64 = 0.5;

/// `real images`, `generated images`; `images` of a single set.
pub(super) fn images(side: Side) -> &'static str {
    match side {
        Side::Real => "real images",
        Side::Fake => "generated images",
        Side::Input => "images",
    }
}

/// The pair of a sentence, in parentheses.
pub(super) fn pair(names: Option<&[String; 2]>, between: &str) -> String {
    names.map_or(String::new(), |[a, b]| format!(" ({a} {between} {b})"))
}

impl Census {
    /// `3 of 12 real images`.
    pub(super) fn count(&self, count: u64, side: Side) -> String {
        format!("{count} of {} {}", self.images, images(side))
    }

    /// The part of the images that `count` is.
    pub(super) fn share(&self, count: u64) -> f64 {
        count as f64 / self.images.max(1) as f64
    }

    /// What is wrong with a set by itself.
    pub(crate) fn faults(&self, side: Side) -> impl Iterator<Item = String> {
        [self.repeated(side), self.blank(side)].into_iter().flatten()
    }

    fn repeated(&self, side: Side) -> Option<String> {
        let first = pair(self.first_repeat.as_ref(), "and");
        let distinct = self.images.saturating_sub(self.repeats);
        let text = if self.least_copies >= 2 {
            let equally = self.least_copies.saturating_mul(distinct) == self.images;
            let often = if equally { "" } else { "at least " };
            format!(
                "all {} {} occur {often}{} times{first}: they count as the {distinct} that differ",
                self.images,
                images(side),
                self.least_copies
            )
        } else {
            let count = self.count(self.repeats, side);
            format!("{count} equal an earlier one in every pixel{first}: copies move the value")
        };
        (self.share(self.repeats) >= NOTABLE).then_some(text)
    }

    fn blank(&self, side: Side) -> Option<String> {
        if self.share(self.dark) >= MOST {
            let count = self.count(self.dark, side);
            return Some(format!(
                "{count} have no sample above 1, so they are black: if values in [0, 1] were saved as \
                 bytes, multiply them by 255 first"
            ));
        }
        let count = self.count(self.uniform, side);
        let text = format!("{count} are of a single colour: black or empty images move the value");
        (self.share(self.uniform) >= NOTABLE).then_some(text)
    }
}
