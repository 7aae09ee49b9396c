//! What decoders change or leave out, per image and counted over a set.

use fid_core::ImageSize;

/// Conversions that lose information of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversions {
    /// Transparency was dropped.
    pub alpha_dropped: bool,
    /// 16-bit gray was clipped to 0..=255, as Pillow does: such images are nearly white.
    pub clipped_16bit: bool,
    /// 16-bit samples were shortened to their high byte (PPM: rounded).
    pub shortened_16bit: bool,
    /// An EXIF orientation other than “upright” was not applied.
    pub orientation_ignored: bool,
    /// Further frames or pages were left out.
    pub further_frames: bool,
    /// 32-bit or floating-point gray was cut to whole numbers of 0..=255, as Pillow does: pictures of
    /// 0 to 1 are nearly black.
    pub clipped_wide: bool,
}

impl Conversions {
    /// One bit for each field, the first lowest.
    pub fn to_bits(self) -> u8 {
        self.fields().iter().rev().fold(0, |bits, &set| bits << 1 | u8::from(set))
    }

    /// The conversions with these bits; `None` if a bit has no field.
    pub fn from_bits(bits: u8) -> Option<Self> {
        let bit = |at: u8| bits >> at & 1 == 1;
        let conversions = Self {
            alpha_dropped: bit(0),
            clipped_16bit: bit(1),
            shortened_16bit: bit(2),
            orientation_ignored: bit(3),
            further_frames: bit(4),
            clipped_wide: bit(5),
        };
        (conversions.to_bits() == bits).then_some(conversions)
    }

    fn fields(self) -> [bool; 6] {
        let Self {
            alpha_dropped,
            clipped_16bit,
            shortened_16bit,
            orientation_ignored,
            further_frames,
            clipped_wide,
        } = self;
        [
            alpha_dropped,
            clipped_16bit,
            shortened_16bit,
            orientation_ignored,
            further_frames,
            clipped_wide,
        ]
    }
}

/// Counts the conversions of a set's images, for a caller that warns once and not per file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields of `Conversions`, counted")]
pub struct ConversionCounts {
    /// Images that were added.
    pub images: usize,
    /// Images with one channel.
    pub gray: usize,
    pub alpha_dropped: usize,
    pub clipped_16bit: usize,
    pub shortened_16bit: usize,
    pub orientation_ignored: usize,
    pub further_frames: usize,
    pub clipped_wide: usize,
}

impl ConversionCounts {
    /// Counts one more image.
    pub fn add(&mut self, size: ImageSize, conversions: Conversions) {
        self.images += 1;
        self.gray += usize::from(size.channels == 1);
        self.alpha_dropped += usize::from(conversions.alpha_dropped);
        self.clipped_16bit += usize::from(conversions.clipped_16bit);
        self.shortened_16bit += usize::from(conversions.shortened_16bit);
        self.orientation_ignored += usize::from(conversions.orientation_ignored);
        self.further_frames += usize::from(conversions.further_frames);
        self.clipped_wide += usize::from(conversions.clipped_wide);
    }

    /// A sentence for each conversion that happened; empty if all images were plain 8-bit RGB.
    pub fn lines(&self) -> impl Iterator<Item = String> + use<> {
        let images = self.images;
        let facts = [
            (self.gray, "gray: taken as three equal channels"),
            (self.alpha_dropped, "transparent: transparency was dropped, as Pillow does"),
            (
                self.clipped_16bit,
                "16-bit gray: clipped to 0..255, as Pillow does, so nearly white; \
                 convert them to 8 bits first",
            ),
            (
                self.clipped_wide,
                "32-bit or floating-point gray: cut to whole numbers of 0..255, as Pillow does, so \
                 nearly black or white; convert them to 8 bits first",
            ),
            (self.shortened_16bit, "16-bit: shortened to 8 bits, as Pillow does"),
            (self.orientation_ignored, "turned by EXIF: read as stored, as Pillow does"),
            (self.further_frames, "of several frames: only the first was read"),
        ];
        facts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(move |(count, what)| format!("{count} of {images} images {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_survive_a_round_trip_through_bits() {
        for bits in 0..=255 {
            let conversions = Conversions::from_bits(bits);
            assert_eq!(conversions.map(Conversions::to_bits), (bits < 64).then_some(bits));
        }
        let conversions = Conversions { further_frames: true, ..Conversions::default() };
        assert_eq!(Conversions::from_bits(conversions.to_bits()), Some(conversions));
    }
}
