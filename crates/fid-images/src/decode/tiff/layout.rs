//! How the samples of a TIFF are stored, for the kinds that Pillow reads and we do.

use crate::decode::fault::Fault;
use crate::decode::limits::Limits;
use crate::decode::tiff_directory::{Directory, tag};

/// The colour space of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Gray,
    Rgb,
    Palette,
    Cmyk,
}

pub(super) struct Layout {
    pub width: usize,
    pub height: usize,
    /// Bits of a sample: 8 or 16, and for gray and palettes also 1, 2 or 4.
    pub bits: usize,
    /// Samples of a pixel, extra ones included.
    pub samples: usize,
    pub colour: Colour,
    /// Gray with white at 0.
    pub white_is_zero: bool,
    /// The colours have been multiplied by the alpha sample that follows them.
    pub associated: bool,
    /// All samples of one channel come before those of the next.
    pub planar: bool,
    /// The meaning of the extra samples: 0 unspecified, 1 associated alpha, 2 alpha.
    extra: Vec<u64>,
}

impl Layout {
    pub(super) fn of(directory: &Directory, data: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let first = |tag, default| {
            directory.values(data, tag).and_then(|v| v.first().copied()).unwrap_or(default)
        };
        let (width, height) = limits.check(first(tag::WIDTH, 0), first(tag::HEIGHT, 0))?;
        let bits = directory.values(data, tag::BITS).unwrap_or_else(|| vec![1]);
        let extra = directory.values(data, tag::EXTRA_SAMPLES).unwrap_or_default();
        let samples = first(tag::SAMPLES, 1) as usize;
        let photometric = first(tag::PHOTOMETRIC, 0);
        let depth = bits.first().copied().unwrap_or(1);

        let refuse = |what: String| Err(Fault::unsupported(what));
        match first(tag::COMPRESSION, 1) {
            1 | 5 | 8 | 32773 | 32946 => {}
            // JPEG inside TIFF has colour rules of its own, fax data a bit order of its own.
            other => return refuse(format!("compression {other}")),
        }
        if first(tag::FILL_ORDER, 1) != 1 {
            return refuse("bits stored lowest first".to_owned());
        }
        if directory.values(data, tag::SAMPLE_FORMAT).unwrap_or_default().iter().any(|&f| f != 1) {
            return refuse("signed or floating-point samples".to_owned());
        }
        if bits.iter().any(|&b| b != depth) {
            return refuse(format!("samples of different widths, {bits:?}"));
        }
        let (colour, own) = match photometric {
            0 | 1 => (Colour::Gray, 1),
            2 => (Colour::Rgb, 3),
            3 => (Colour::Palette, 1),
            5 => (Colour::Cmyk, 4),
            other => return refuse(format!("colour model {other}")),
        };

        // The combinations that Pillow knows, less the rarest. An RGB image with a fourth sample
        // may leave its meaning out.
        let known = match (colour, depth, &extra[..]) {
            (Colour::Gray, 1 | 2 | 4 | 8 | 16, []) => true,
            (Colour::Gray, 8, [0 | 2]) => photometric == 1,
            (Colour::Palette, 1 | 2 | 4 | 8, []) | (Colour::Palette, 8, [0 | 2]) => true,
            (Colour::Rgb, 8, [] | [0 | 1 | 2 | 999]) | (Colour::Rgb, 16, [] | [0 | 2]) => true,
            (Colour::Cmyk, 8 | 16, []) => true,
            _ => false,
        };
        let unnamed = colour == Colour::Rgb && extra.is_empty() && samples == 4;
        if !known || !(samples == own + extra.len() || unnamed) {
            return refuse(format!(
                "colour model {photometric} with {samples} samples of {depth} bits, extra samples \
                 {extra:?}"
            ));
        }
        Ok(Self {
            width,
            height,
            bits: depth as usize,
            samples,
            colour,
            white_is_zero: photometric == 0,
            associated: extra == [1],
            planar: first(tag::PLANAR, 1) == 2 && samples > 1,
            extra: if unnamed { vec![2] } else { extra },
        })
    }

    /// Whether a sample says how opaque a pixel is.
    pub(super) fn has_alpha(&self) -> bool {
        self.extra.iter().any(|&meaning| meaning != 0)
    }

    /// Rows of samples in the file, and samples in each.
    pub(super) fn rows(&self) -> (usize, usize) {
        if self.planar {
            (self.height * self.samples, self.width)
        } else {
            (self.height, self.width * self.samples)
        }
    }
}
