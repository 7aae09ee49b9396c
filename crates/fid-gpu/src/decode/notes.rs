//! What was lost on the way from a file to its pixels, per image and per set.

use fid_core::ImageSize;

use super::Decoded;

/// What one file holds beyond the pixels that were taken from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
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
}

impl Losses {
    /// One bit for each, in the order of the fields.
    pub(crate) fn to_bits(self) -> u8 {
        self.fields().iter().rev().fold(0, |bits, &lost| bits << 1 | u8::from(lost))
    }

    /// The reverse; none for bits that nothing is known by.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        let bit = |at: u8| bits >> at & 1 == 1;
        let losses = Self {
            alpha_dropped: bit(0),
            clipped_16bit: bit(1),
            shortened_16bit: bit(2),
            orientation_ignored: bit(3),
            further_frames: bit(4),
        };
        (losses.to_bits() == bits).then_some(losses)
    }

    fn fields(self) -> [bool; 5] {
        let Self {
            alpha_dropped,
            clipped_16bit,
            shortened_16bit,
            orientation_ignored,
            further_frames,
        } = self;
        [alpha_dropped, clipped_16bit, shortened_16bit, orientation_ignored, further_frames]
    }
}

/// The images of a set, counted by what was lost, for a caller that warns once and not per file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields of `Losses`, counted")]
pub struct Notes {
    /// Images that were added.
    pub images: usize,
    /// Images with one channel.
    pub gray: usize,
    pub alpha_dropped: usize,
    pub clipped_16bit: usize,
    pub shortened_16bit: usize,
    pub orientation_ignored: usize,
    pub further_frames: usize,
}

impl Notes {
    /// Counts one more image.
    pub fn add(&mut self, decoded: &Decoded) {
        self.count(ImageSize::from(&decoded.image), decoded.losses);
    }

    /// The same, of an image whose pixels are not at hand.
    pub(crate) fn count(&mut self, size: ImageSize, losses: Losses) {
        self.images += 1;
        self.gray += usize::from(size.channels == 1);
        self.alpha_dropped += usize::from(losses.alpha_dropped);
        self.clipped_16bit += usize::from(losses.clipped_16bit);
        self.shortened_16bit += usize::from(losses.shortened_16bit);
        self.orientation_ignored += usize::from(losses.orientation_ignored);
        self.further_frames += usize::from(losses.further_frames);
    }

    /// A sentence for each thing that happened, none if all images were plain 8-bit RGB.
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
    fn losses_come_back_from_their_bits() {
        for bits in 0..=255 {
            let losses = Losses::from_bits(bits);
            assert_eq!(losses.map(Losses::to_bits), (bits < 32).then_some(bits));
        }
        let losses = Losses { further_frames: true, ..Losses::default() };
        assert_eq!(Losses::from_bits(losses.to_bits()), Some(losses));
    }
}
