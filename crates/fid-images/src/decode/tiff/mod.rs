//! TIFF, read here: the `tiff` crate hides which samples it left out or turned round, and has
//! neither Pillow's JPEG decoder nor most of the compressions that libtiff has. Codecs of bytes are
//! those of crates. Only the first page is read.

mod chunks;
mod compression;
mod fax;
mod layout;
mod levels;
mod predictor;
mod ycbcr;

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::limits::Limits;
use super::orient;
use super::palette::Palette;
use super::probe::Probe;
use super::samples::{keep_leading, scaled, spread};
use super::tiff_directory::{Directory, tag};
use chunks::Chunks;
use layout::{Colour, Layout, Sample};

/// The tags, and what they say.
fn opened(data: &[u8], limits: &Limits) -> Result<(Directory, Layout), Fault> {
    let directory = Directory::first(data)?;
    match Layout::of(&directory, data, limits) {
        // What is missing may be what says so.
        Err(Fault::Unsupported { .. }) if !directory.whole => Err(Fault::ends_within("its tags")),
        layout => layout.map(|layout| (directory, layout)),
    }
}

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let (directory, layout) = opened(data, limits)?;
    let chunks = Chunks::of(&directory, data, &layout, limits)?;
    let pixels = (layout.width * layout.height) as u64;
    let stored = pixels * layout.samples as u64;
    let unpacking = stored + chunks.memory(&layout, limits)?;
    // Indices stand beside their colours; other samples are changed in place.
    let image = if layout.colour == Colour::Palette { stored + 3 * pixels } else { stored };
    let channels = if layout.colour == Colour::Gray { 1 } else { 3 };
    let turned = if (2..=8).contains(&directory.orientation(data)) { channels * pixels } else { 0 };
    Ok(Probe::new(
        layout.width,
        layout.height,
        unpacking.max(image).max(channels * pixels + turned),
    ))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let (directory, layout) = opened(data, limits)?;
    let samples = Chunks::of(&directory, data, &layout, limits)?.read(&layout, limits)?;
    let conversions = Conversions {
        alpha_dropped: layout.alpha,
        further_frames: directory.more,
        clipped_16bit: matches!(layout.sample, Sample::Clipped | Sample::Twelve | Sample::Signed),
        shortened_16bit: layout.sample == Sample::High,
        clipped_wide: matches!(layout.sample, Sample::Integer | Sample::Float),
        ..Conversions::default()
    };
    let image = colours(samples, &layout, &directory, data)?;
    Ok((orient::upright(image, directory.orientation(data))?, conversions))
}

/// Stored samples, 8 bits each, to gray or RGB.
fn colours(
    mut samples: Vec<u8>,
    layout: &Layout,
    directory: &Directory,
    data: &[u8],
) -> Result<Image8, Fault> {
    let (height, width, count) = (layout.height, layout.width, layout.samples);
    let channels = match layout.colour {
        Colour::Gray => {
            keep_leading(&mut samples, 1, count);
            if layout.sample == Sample::Bits {
                spread(&mut samples, layout.bits);
            }
            if layout.white_is_zero {
                samples.iter_mut().for_each(|level| *level = !*level);
            }
            1
        }
        Colour::Palette => {
            keep_leading(&mut samples, 1, count);
            samples = palette(directory, data)?.apply(&samples);
            3
        }
        Colour::Rgb | Colour::YCbCr => {
            if layout.associated {
                samples.chunks_exact_mut(count).for_each(divide);
            }
            if count > 3 {
                keep_leading(&mut samples, 3, count);
            }
            3
        }
        Colour::Cmyk => {
            for inks in samples.chunks_exact_mut(count) {
                for at in 0..3 {
                    inks[at] = scaled(255 - inks[at], 255 - inks[3]);
                }
            }
            keep_leading(&mut samples, 3, count);
            3
        }
    };
    Ok(Image8::new(height, width, channels, samples)?)
}

/// Puts the colours behind samples that were multiplied by the alpha that follows them.
fn divide(pixel: &mut [u8]) {
    let alpha = u32::from(pixel[3]);
    for value in &mut pixel[..3] {
        // Truncated and, where a sample exceeds its alpha, clipped. Invisible pixels keep nothing.
        *value = (u32::from(*value) * 255).checked_div(alpha).unwrap_or(0).min(255) as u8;
    }
}

/// The palette: all reds, all greens, all blues, 16 bits each. The high bytes count.
fn palette(directory: &Directory, data: &[u8]) -> Result<Palette, Fault> {
    let table = directory.leading(data, tag::COLOR_MAP, 3 << 16).unwrap_or_default();
    let colours = table.len() / 3;
    if colours == 0 {
        return Err(Fault::damaged("its palette is missing"));
    }
    let byte = |at: usize| (table[at] >> 8) as u8;
    let rgb: Vec<u8> =
        (0..colours).flat_map(|i| [byte(i), byte(i + colours), byte(i + 2 * colours)]).collect();
    Ok(Palette::from_rgb(&rgb))
}
