//! What was lost on the way from a file to its pixels, per image and per set.

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
        let losses = decoded.losses;
        self.images += 1;
        self.gray += usize::from(decoded.image.channels() == 1);
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
