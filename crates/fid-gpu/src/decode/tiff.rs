//! TIFF, by the `tiff` crate, which decompresses; colours are made here.
//!
//! Not by way of `image`, which reads no palettes and does not turn the picture. Only the first
//! page is read.

mod directory;
mod layout;

use std::borrow::Cow;
use std::io::Cursor;

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, DecodingResult, Limits};

use self::directory::{Directory, tag};
use self::layout::{Colour, Layout};
use super::palette::Palette;
use super::samples::{scaled, spread, unpack};
use super::{Fault, Image8, Losses, orient};

/// The first unsigned integer under a tag of a block that has the form of a TIFF file.
pub(super) fn number(block: &[u8], tag: u16) -> Option<u64> {
    Directory::first(block).ok()?.values(block, tag)?.first().copied()
}

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let directory = Directory::first(data)?;
    let mut layout = Layout::of(&directory, data)?;
    let needed =
        layout.width * layout.height * layout.samples * if layout.bits == 16 { 2 } else { 1 };

    let mut data = Cow::Borrowed(data);
    if layout.colour == Colour::Palette {
        // The crate refuses palettes, but the indices are stored as gray levels are.
        directory.set_short(data.to_mut(), tag::PHOTOMETRIC, 1);
    }
    let mut limits = Limits::default();
    limits.decoding_buffer_size = needed;
    limits.intermediate_buffer_size = needed.max(1 << 20);
    let mut decoder = Decoder::new(Cursor::new(&*data))?.with_limits(limits);
    // Samples without a meaning are left out by the crate.
    layout.samples = decoder.colortype()?.num_samples().into();
    let mut stored = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut stored)?;

    let mut losses = Losses {
        alpha_dropped: layout.has_alpha(),
        further_frames: decoder.more_images(),
        ..Losses::default()
    };
    let samples = match stored {
        DecodingResult::U8(packed) if layout.bits <= 8 => {
            let (rows, length) = layout.rows();
            let stride = (length * layout.bits).div_ceil(8);
            unpack(&packed, (length, rows), layout.bits, stride)
                .ok_or(Fault::ends_within("the pixels"))?
        }
        DecodingResult::U16(wide) if layout.bits == 16 => {
            losses.clipped_16bit = layout.colour == Colour::Gray;
            losses.shortened_16bit = !losses.clipped_16bit;
            wide.into_iter().map(|v| shorten(v, &layout)).collect()
        }
        _ => return Err(Fault::damaged("its samples are not as wide as it says")),
    };
    let image = colours(samples, &layout, &directory, &data)?;
    Ok((orient::upright(image, directory.orientation(&data))?, losses))
}

/// 16 bits to 8: gray is clipped, anything else keeps its high byte.
fn shorten(value: u16, layout: &Layout) -> u8 {
    match layout.colour {
        // Pillow takes white-is-zero for black-is-zero here; the crate has turned it round.
        Colour::Gray if layout.white_is_zero => (!value).min(255) as u8,
        Colour::Gray => value.min(255) as u8,
        _ => (value >> 8) as u8,
    }
}

/// Stored samples, 8 bits each, to gray or RGB.
fn colours(
    samples: Vec<u8>,
    layout: &Layout,
    directory: &Directory,
    data: &[u8],
) -> Result<Image8, Fault> {
    let (height, width) = (layout.height, layout.width);
    let count = height * width;
    if samples.len() < count * layout.samples {
        return Err(Fault::ends_within("the pixels"));
    }
    let sample = |pixel: usize, channel: usize| {
        samples
            [if layout.planar { channel * count + pixel } else { pixel * layout.samples + channel }]
    };
    let channels = if layout.colour == Colour::Gray { 1 } else { 3 };
    let mut pixels = Vec::with_capacity(count * channels);
    match layout.colour {
        Colour::Gray => {
            pixels.extend((0..count).map(|p| sample(p, 0)));
            spread(&mut pixels, layout.bits);
        }
        Colour::Palette => {
            let indices: Vec<u8> = (0..count).map(|p| sample(p, 0)).collect();
            pixels = palette(directory, data)?.apply(&indices);
        }
        Colour::Rgb if layout.associated => {
            for p in 0..count {
                pixels.extend([0, 1, 2].map(|c| divided(sample(p, c), sample(p, 3))));
            }
        }
        Colour::Rgb => {
            for p in 0..count {
                pixels.extend([0, 1, 2].map(|c| sample(p, c)));
            }
        }
        Colour::Cmyk => {
            for p in 0..count {
                let paper = 255 - sample(p, 3);
                pixels.extend([0, 1, 2].map(|c| scaled(255 - sample(p, c), paper)));
            }
        }
    }
    Ok(Image8::new(height, width, channels, pixels)?)
}

/// The colour behind a sample that was multiplied by its alpha.
fn divided(value: u8, alpha: u8) -> u8 {
    // Truncated and, where a sample exceeds its alpha, clipped. Invisible pixels keep nothing.
    (u32::from(value) * 255).checked_div(alpha.into()).unwrap_or(0).min(255) as u8
}

/// All reds, all greens, all blues, 16 bits each, of which the high bytes count.
fn palette(directory: &Directory, data: &[u8]) -> Result<Palette, Fault> {
    let table = directory.values(data, tag::COLOR_MAP).unwrap_or_default();
    let colours = table.len() / 3;
    if colours == 0 {
        return Err(Fault::damaged("its palette is missing"));
    }
    let byte = |at: usize| (table[at] >> 8) as u8;
    let rgb: Vec<u8> =
        (0..colours).flat_map(|i| [byte(i), byte(i + colours), byte(i + 2 * colours)]).collect();
    Ok(Palette::from_rgb(&rgb))
}

impl From<TiffError> for Fault {
    fn from(error: TiffError) -> Self {
        match error {
            TiffError::UnsupportedError(what) => Self::unsupported(what),
            TiffError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::ends_within("the image data")
            }
            other => Self::damaged(other),
        }
    }
}
