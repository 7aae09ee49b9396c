//! What a set's images show without their features: content, colours, faults of whole images.

use fid_core::{Image8, ImageSize};
use xxhash_rust::xxh3::Xxh3Default;

/// The most pixels of one image that the sums count.
const MAX_SAMPLES: usize = 4096;

/// A summary of an image's pixels: a hash of all, and sums over a grid of at most 4096.
///
/// The sums are integers: those of a set do not depend on the order of its images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PixelSummary {
    /// XXH3 of size and pixels, 64 bits. An RGB image without colour has the hash of the gray one.
    pub hash: u64,
    /// Pixels that the sums count: every `s`-th of every `s`-th row, with the least `s` that gives
    /// at most 4096.
    pub samples: u16,
    /// Sums of red, green and blue.
    pub sums: [u32; 3],
    /// Sums of the products red·red, green·green, blue·blue, red·green, red·blue, green·blue.
    pub products: [u32; 6],
    /// Whether red, green and blue are equal in every pixel.
    pub gray: bool,
    /// Whether all pixels are equal.
    pub uniform: bool,
    /// Whether no sample is above 1: black, or values in [0, 1] that were taken for bytes.
    pub dark: bool,
}

impl PixelSummary {
    /// Bytes of [`Self::to_bytes`].
    pub const BYTES: usize = 8 + 2 + 4 * 9 + 1;

    /// The summary of an image.
    pub fn of(image: &Image8) -> Self {
        let ImageSize { height, width, channels } = image.into();
        let pixels = image.pixels();
        let (rgb, _) = pixels.as_chunks::<3>();
        let gray = channels == 1 || rgb.iter().all(|&[r, g, b]| r == g && g == b);
        let mut hash = Xxh3Default::new();
        hash.update(&(height as u64).to_le_bytes());
        hash.update(&(width as u64).to_le_bytes());
        hash.update(&[u8::from(gray)]);
        if gray && channels == 3 {
            for run in rgb.chunks(MAX_SAMPLES) {
                hash.update(&run.iter().map(|pixel| pixel[0]).collect::<Vec<_>>());
            }
        } else {
            hash.update(pixels);
        }
        let mut summary = Self {
            hash: hash.digest(),
            gray,
            uniform: pixels[channels..] == pixels[..pixels.len() - channels],
            dark: pixels.iter().all(|&sample| sample <= 1),
            ..Self::default()
        };
        summary.sum(image.into(), pixels);
        summary
    }

    /// Adds the pixels of the grid, whose points lie in the middle of squares of `step`.
    fn sum(&mut self, size: ImageSize, pixels: &[u8]) {
        let ImageSize { height, width, channels } = size;
        let fits = |step: &usize| height.div_ceil(*step) * width.div_ceil(*step) <= MAX_SAMPLES;
        let step = (1..).find(fits).unwrap_or(1);
        let begin = |side: usize| (step / 2).min((side - 1) / 2);
        for y in (begin(height)..height).step_by(step) {
            let row = &pixels[y * width * channels..(y + 1) * width * channels];
            for x in (begin(width)..width).step_by(step) {
                let [r, g, b] = match row[x * channels..] {
                    [r, g, b, ..] if channels == 3 => [r, g, b],
                    [gray, ..] => [gray; 3],
                    [] => return,
                }
                .map(u32::from);
                let products = [r * r, g * g, b * b, r * g, r * b, g * b];
                self.samples += 1;
                self.sums.iter_mut().zip([r, g, b]).for_each(|(sum, value)| *sum += value);
                self.products.iter_mut().zip(products).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// The summary as bytes, for files that only this build reads.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let flags = u8::from(self.gray) | u8::from(self.uniform) << 1 | u8::from(self.dark) << 2;
        let mut bytes = [flags; Self::BYTES];
        let sums = self.sums.into_iter().chain(self.products).flat_map(u32::to_le_bytes);
        let values = self.hash.to_le_bytes().into_iter().chain(self.samples.to_le_bytes());
        bytes.iter_mut().zip(values.chain(sums)).for_each(|(to, from)| *to = from);
        bytes
    }

    /// The summary that [`Self::to_bytes`] gave; `None` if these bytes cannot be one.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk::<8>()?;
        let (samples, rest) = rest.split_first_chunk::<2>()?;
        let (words, &[flags]) = rest.as_chunks::<4>() else { return None };
        let words: [u32; 9] = words
            .iter()
            .map(|&word| u32::from_le_bytes(word))
            .collect::<Vec<_>>()
            .try_into()
            .ok()?;
        let [r, g, b, products @ ..] = words;
        let bit = |at: u8| flags >> at & 1 == 1;
        (flags < 8).then(|| Self {
            hash: u64::from_le_bytes(*hash),
            samples: u16::from_le_bytes(*samples),
            sums: [r, g, b],
            products,
            gray: bit(0),
            uniform: bit(1),
            dark: bit(2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize, channels: usize, at: impl Fn(usize) -> u8) -> Image8 {
        let samples = (0..height * width * channels).map(at).collect();
        Image8::new(height, width, channels, samples).unwrap()
    }

    #[test]
    fn sums_of_small_images_count_every_pixel() {
        let image = Image8::new(1, 2, 3, vec![1, 2, 3, 40, 50, 60]).unwrap();
        let got = PixelSummary::of(&image);
        assert_eq!((got.samples, got.sums), (2, [41, 52, 63]));
        assert_eq!(got.products, [1601, 2504, 3609, 2002, 2403, 3006]);
        assert!(!got.gray && !got.uniform && !got.dark);
        let largest = PixelSummary::of(&image_of(64, 64, 255));
        assert_eq!((largest.samples, largest.products), (4096, [4096 * 65_025; 6]));
    }

    fn image_of(height: usize, width: usize, sample: u8) -> Image8 {
        image(height, width, 3, |_| sample)
    }

    #[test]
    fn large_and_long_images_are_sampled_all_over() {
        for (height, width) in [(512, 512), (65, 64), (1, 60_000), (60_000, 1), (3, 9000), (300, 1)]
        {
            // Red grows from left to right, green from top to bottom.
            let got = PixelSummary::of(&image(height, width, 3, |at| {
                let (y, x, channel) = (at / 3 / width, at / 3 % width, at % 3);
                [x * 255 / width, y * 255 / height, 0][channel] as u8
            }));
            let count = u32::from(got.samples);
            assert!(count > 0 && count <= 4096, "{height}x{width}: {count}");
            assert!(count as usize * 8 > (height * width).min(4096), "{height}x{width}: {count}");
            for (channel, side) in [(0, width), (1, height)] {
                let mean = f64::from(got.sums[channel]) / f64::from(count);
                let want = if side == 1 { 0.0 } else { 127.0 };
                assert!(
                    (mean - want).abs() < 45.0_f64.min(200.0 * 64.0 / side as f64),
                    "{height}x{width}: {mean}"
                );
            }
        }
    }

    #[test]
    fn equal_pixels_and_sizes_have_equal_hashes() {
        let ramp = |at: usize| (at * 7 % 251) as u8;
        let hash = |image: &Image8| PixelSummary::of(image).hash;
        let all = [
            image(4, 6, 3, ramp),
            image(6, 4, 3, ramp),
            image(4, 6, 3, |at| ramp(at) ^ u8::from(at == 71)),
            image(4, 6, 1, ramp),
            image(6, 4, 1, ramp),
            image(4, 18, 1, ramp),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(hash(one), hash(&one.clone()));
            assert!(all[..at].iter().all(|other| hash(other) != hash(one)), "{at}");
        }
        // Gray in three channels is gray.
        let three = image(4, 6, 3, |at| ramp(at / 3));
        assert_eq!(PixelSummary::of(&three), PixelSummary::of(&all[3]));
        assert!(PixelSummary::of(&three).gray);
    }

    #[test]
    fn faults_of_whole_images_are_seen() {
        let flags = |image: &Image8| {
            let PixelSummary { gray, uniform, dark, .. } = PixelSummary::of(image);
            [gray, uniform, dark]
        };
        assert_eq!(flags(&image_of(3, 3, 0)), [true, true, true]);
        assert_eq!(flags(&image_of(3, 3, 9)), [true, true, false]);
        assert_eq!(flags(&image(3, 3, 3, |at| [9, 8, 7][at % 3])), [false, true, false]);
        assert_eq!(flags(&image(3, 3, 3, |at| u8::from(at == 26))), [false, false, true]);
        assert_eq!(flags(&image(3, 3, 3, |at| 2 * u8::from(at == 26))), [false, false, false]);
        assert_eq!(flags(&image(1, 1, 1, |_| 200)), [true, true, false]);
    }

    #[test]
    fn summaries_survive_a_round_trip_through_bytes() {
        for image in [image(5, 7, 3, |at| (at * 31 % 256) as u8), image_of(2, 2, 1)] {
            let summary = PixelSummary::of(&image);
            let mut bytes = summary.to_bytes();
            assert_eq!(PixelSummary::from_bytes(&bytes), Some(summary));
            bytes[PixelSummary::BYTES - 1] = 8;
            assert_eq!(PixelSummary::from_bytes(&bytes), None);
        }
    }
}
