//! TIFF, by the `tiff` crate, which decompresses; colours are made here.
//!
//! Not by the `image` crate, which reads no palettes and does not turn the picture. Only the first
//! page is read.

mod layout;

use std::borrow::Cow;
use std::io::Cursor;

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, DecodingResult, Limits as DecoderLimits};

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::limits::Limits;
use super::orient;
use super::palette::Palette;
use super::probe::Probe;
use super::samples::{scaled, spread, unpack};
use super::tiff_directory::{Directory, tag};
use layout::{Colour, Layout};

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let directory = Directory::first(data)?;
    let layout = Layout::of(&directory, data, limits)?;
    let Layout { width, height, samples, bits, colour, .. } = layout;
    let pixels = width * height;
    let stored = if bits == 16 { 2 * pixels * samples } else { pixels * samples };
    let (image, indices, copied) = match colour {
        Colour::Gray => (pixels, 0, 0),
        // Palettes are hidden from the crate in a copy of the file.
        Colour::Palette => (3 * pixels, pixels, data.len()),
        Colour::Rgb | Colour::Cmyk => (3 * pixels, 0, 0),
    };
    let turned = if (2..=8).contains(&directory.orientation(data)) { image } else { 0 };
    let unpacking = stored + pixels * samples;
    let colouring = pixels * samples + indices + image;
    let memory = unpacking.max(colouring).max(image + turned) + copied;
    Ok(Probe::new(width, height, memory as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let directory = Directory::first(data)?;
    let mut layout = Layout::of(&directory, data, limits)?;
    let needed =
        layout.width * layout.height * layout.samples * if layout.bits == 16 { 2 } else { 1 };

    let mut file = Cow::Borrowed(data);
    if layout.colour == Colour::Palette {
        // The crate refuses palettes, but the indices are stored as gray levels are.
        directory.set_short(file.to_mut(), tag::PHOTOMETRIC, 1);
    }
    let mut allocations = DecoderLimits::default();
    allocations.decoding_buffer_size = needed;
    allocations.intermediate_buffer_size = needed.max(1 << 20);
    let mut decoder = Decoder::new(Cursor::new(&*file))?.with_limits(allocations);
    // Samples without a meaning are left out by the crate.
    layout.samples = decoder.colortype()?.num_samples().into();
    let mut stored = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut stored)?;

    let mut conversions = Conversions {
        alpha_dropped: layout.has_alpha(),
        further_frames: decoder.more_images(),
        ..Conversions::default()
    };
    let samples = match stored {
        DecodingResult::U8(packed) if layout.bits <= 8 => {
            let (rows, length) = layout.rows();
            let stride = (length * layout.bits).div_ceil(8);
            unpack(&packed, (length, rows), layout.bits, stride)
                .ok_or(Fault::ends_within("the pixels"))?
        }
        DecodingResult::U16(wide) if layout.bits == 16 => {
            conversions.clipped_16bit = layout.colour == Colour::Gray;
            conversions.shortened_16bit = !conversions.clipped_16bit;
            wide.into_iter().map(|v| shorten(v, &layout)).collect()
        }
        _ => return Err(Fault::damaged("its samples are not as wide as it says")),
    };
    let image = colours(samples, &layout, &directory, &file)?;
    Ok((orient::upright(image, directory.orientation(&file))?, conversions))
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
    let pixels = match layout.colour {
        Colour::Gray => {
            let mut pixels = (0..count).map(|p| sample(p, 0)).collect::<Vec<_>>();
            spread(&mut pixels, layout.bits);
            pixels
        }
        Colour::Palette => {
            let indices = (0..count).map(|p| sample(p, 0)).collect::<Vec<_>>();
            palette(directory, data)?.apply(&indices)
        }
        Colour::Rgb if layout.associated => {
            rgb(count, |p| [0, 1, 2].map(|c| divided(sample(p, c), sample(p, 3))))
        }
        Colour::Rgb => rgb(count, |p| [0, 1, 2].map(|c| sample(p, c))),
        Colour::Cmyk => rgb(count, |p| {
            let paper = 255 - sample(p, 3);
            [0, 1, 2].map(|c| scaled(255 - sample(p, c), paper))
        }),
    };
    Ok(Image8::new(height, width, channels, pixels)?)
}

/// RGB triples; `colour` maps a pixel's index to its triple.
fn rgb(count: usize, colour: impl Fn(usize) -> [u8; 3]) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(3 * count);
    (0..count).for_each(|pixel| pixels.extend(colour(pixel)));
    pixels
}

/// The colour behind a sample that was multiplied by its alpha.
fn divided(value: u8, alpha: u8) -> u8 {
    // Truncated and, where a sample exceeds its alpha, clipped. Invisible pixels keep nothing.
    (u32::from(value) * 255).checked_div(alpha.into()).unwrap_or(0).min(255) as u8
}

/// The palette: all reds, all greens, all blues, 16 bits each. The high bytes count.
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
