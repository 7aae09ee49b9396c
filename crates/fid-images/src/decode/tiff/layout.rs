//! How the samples of a TIFF are stored, for the kinds that Pillow reads.

use super::compression::Compression;
use crate::decode::fault::Fault;
use crate::decode::limits::Limits;
use crate::decode::tiff_directory::{Directory, tag};

/// Values of a tag that are looked at: more than a pixel has samples.
const MOST_VALUES: usize = 64;

/// The colour space of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Gray,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
}

/// What Pillow makes of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    /// 1, 2, 4 or 8 bits, as they are.
    Bits,
    /// 12 or 16 bits of gray, cut off at 255.
    Twelve,
    Clipped,
    /// 16 signed bits, 32 bits, and f32, cut to 0 to 255.
    Signed,
    Integer,
    Float,
    /// 16-bit colour, reduced to the high byte.
    High,
}

pub(super) struct Layout {
    pub width: usize,
    pub height: usize,
    pub big_endian: bool,
    pub bits: usize,
    pub sample: Sample,
    /// Samples of a pixel that are stored, extra ones included.
    pub samples: usize,
    pub colour: Colour,
    /// Gray with white at 0.
    pub white_is_zero: bool,
    /// The colours have been multiplied by the alpha sample that follows them.
    pub associated: bool,
    /// A sample says how opaque a pixel is.
    pub alpha: bool,
    /// All samples of one channel come before those of the next.
    pub planar: bool,
    /// The lowest bit of each byte comes first.
    pub reversed: bool,
    pub compression: Compression,
    /// The colours are YCbCr, which the JPEG decoder turns into RGB.
    pub jpeg_ycbcr: bool,
    /// 1 for none, 2 for differences, 3 for differences of floating-point samples.
    pub predictor: u64,
}

impl Layout {
    pub(super) fn of(directory: &Directory, data: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let first = |tag, default| directory.number(data, tag).unwrap_or(default);
        let leading = |tag| directory.leading(data, tag, MOST_VALUES);
        let (width, height) = limits.check(first(tag::WIDTH, 0), first(tag::HEIGHT, 0))?;
        let compression = Compression::of(first(tag::COMPRESSION, 1), first(tag::FAX_OPTIONS, 0))?;
        let raw = compression == Compression::None;
        let mut samples = first(tag::SAMPLES, 1) as usize;
        let mut extra = leading(tag::EXTRA_SAMPLES).unwrap_or_default();
        let planar = first(tag::PLANAR, 1) == 2 && samples > 1;
        if planar && extra.iter().all(|&meaning| meaning == 0) {
            // Channels without a meaning that stand apart are not looked at.
            samples = samples.saturating_sub(extra.len());
            extra.clear();
        }
        let mut bits = leading(tag::BITS).unwrap_or(vec![1]);
        match bits[..] {
            [one] => bits = vec![one; samples.clamp(1, 8)],
            _ => bits.truncate(samples),
        }
        let depth = bits.first().copied().unwrap_or(1);
        let format = leading(tag::SAMPLE_FORMAT).unwrap_or(vec![1]);
        let photometric = first(tag::PHOTOMETRIC, 0);
        let (fill, big) = (first(tag::FILL_ORDER, 1), directory.big_endian);

        let (colour, own) = match photometric {
            0 | 1 => (Colour::Gray, 1),
            2 => (Colour::Rgb, 3),
            3 => (Colour::Palette, 1),
            5 => (Colour::Cmyk, 4),
            6 => (Colour::YCbCr, 3),
            other => return Err(Fault::unsupported(name(other))),
        };
        let kind = format.first().copied().unwrap_or(1);
        let refuse = || {
            let kind = match kind {
                1 => "whole numbers",
                2 => "signed numbers",
                3 => "floating-point numbers",
                _ => "numbers of an unusual kind",
            };
            let order = if fill == 1 { "" } else { ", lowest bit first" };
            Err(Fault::unsupported(format!(
                "{samples} {kind} a pixel of {depth} bits each{order}, for {}",
                name(photometric)
            )))
        };
        if format.iter().any(|&f| f != kind)
            || bits.iter().any(|&b| b != depth)
            || bits.len() != samples
            || !matches!(fill, 1 | 2)
        {
            return refuse();
        }

        // The combinations that Pillow knows: its table `OPEN_INFO`. An RGB image with a fourth
        // sample may leave its meaning out.
        let unnamed = colour == Colour::Rgb && extra.is_empty() && samples == 4;
        let plain = extra.is_empty() && samples == own;
        let sample = match (colour, kind, depth, fill) {
            (Colour::Gray, 1, 1 | 2 | 4 | 8, _) if plain => Sample::Bits,
            (Colour::Gray, 2, 8, 1) if plain && photometric == 1 => Sample::Bits,
            (Colour::Gray, 1, 12, 1) if plain && photometric == 1 && !big => Sample::Twelve,
            (Colour::Gray, 1, 16, 1) if plain && (photometric == 1 || !big) => Sample::Clipped,
            (Colour::Gray, 1, 16, 2) if plain && photometric == 1 && !big => Sample::Clipped,
            (Colour::Gray, 2, 16, 1) if plain && photometric == 1 => Sample::Signed,
            (Colour::Gray, 1, 32, 1) if plain && photometric == 1 && !big => Sample::Integer,
            (Colour::Gray, 2, 32, 1) if plain && photometric == 1 => Sample::Integer,
            (Colour::Gray, 3, 32, 1) if plain => Sample::Float,
            (Colour::Gray, 1, 8, 1) if photometric == 1 && matches!(extra[..], [0 | 2]) => {
                Sample::Bits
            }
            (Colour::Palette, 1, 1 | 2 | 4 | 8, _) if plain => Sample::Bits,
            (Colour::Palette, 1, 8, 1) if matches!(extra[..], [0 | 2]) => Sample::Bits,
            (Colour::Rgb, 1, 8, 2) if plain => Sample::Bits,
            (Colour::Rgb, 1, 8, 1) if plain || unnamed => Sample::Bits,
            (Colour::Rgb, 1, 8, 1)
                if matches!(extra[..], [0 | 1 | 2 | 999] | [0..=2, 0] | [0..=2, 0, 0]) =>
            {
                Sample::Bits
            }
            (Colour::Rgb, 1, 16, 1) if plain || unnamed || matches!(extra[..], [0..=2]) => {
                Sample::High
            }
            (Colour::Cmyk, 1, 8, 1) if matches!(extra[..], [] | [0] | [0, 0]) => Sample::Bits,
            (Colour::Cmyk, 1, 16, 1) if plain => Sample::High,
            (Colour::YCbCr, 1, 8, 1) if plain && !planar => Sample::Bits,
            _ => return refuse(),
        };
        if !unnamed && samples != own + extra.len() {
            return refuse();
        }
        let wide = matches!(sample, Sample::Signed | Sample::Integer | Sample::Float);
        if wide && big && !raw {
            // Pillow takes the bytes in the wrong order.
            return Err(Fault::unsupported("compressed big-endian samples that Pillow garbles"));
        }
        if planar && (!matches!(colour, Colour::Rgb | Colour::Cmyk) || raw && depth != 8) {
            // So are channels that stand apart.
            return Err(Fault::unsupported("channels apart from each other that Pillow garbles"));
        }
        let jpeg = compression == Compression::Jpeg;
        let fax = matches!(compression, Compression::Fax(_));
        if jpeg && depth != 8 || fax && (depth != 1 || samples != 1) {
            return refuse();
        }
        let jpeg_ycbcr = jpeg && colour == Colour::YCbCr;
        let meaning = if unnamed { 2 } else { extra.first().copied().unwrap_or(0) };
        let predictor = first(tag::PREDICTOR, 1);
        Ok(Self {
            width,
            height,
            big_endian: big,
            bits: depth as usize,
            sample,
            samples,
            colour: if jpeg_ycbcr { Colour::Rgb } else { colour },
            white_is_zero: photometric == 0 && sample == Sample::Bits,
            associated: meaning == 1,
            alpha: meaning != 0,
            planar,
            reversed: fill == 2,
            compression,
            jpeg_ycbcr,
            predictor: if compression.has_predictor() { predictor } else { 1 },
        })
    }

    pub(super) fn is_float(&self) -> bool {
        self.sample == Sample::Float
    }

    /// Samples of a pixel within one strip or tile.
    pub(super) fn together(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }
}

/// A colour model in words.
fn name(photometric: u64) -> &'static str {
    match photometric {
        0 | 1 => "gray",
        2 => "RGB colours",
        3 => "a palette",
        4 => "a transparency mask",
        5 => "CMYK colours",
        6 => "YCbCr colours",
        8..=10 => "Lab colours",
        32803 | 34892 => "the raw data of a camera",
        32844 | 32845 => "LogLuv colours",
        _ => "an unknown colour model",
    }
}
