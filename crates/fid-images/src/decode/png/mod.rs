//! PNG, by the `png` crate.
//!
//! Not by the `image` crate, which does not distinguish 16-bit gray with a transparent level (Pillow
//! clips) from 16-bit gray with an alpha channel (Pillow takes the high byte).

mod chunks;

use std::borrow::Cow;
use std::io::Cursor;

use ::png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Reader, Transformations};
use fid_core::Image8;

use super::conversions::Conversions;
use super::exif;
use super::fault::Fault;
use super::limits::Limits;
use super::probe::Probe;
use super::samples::keep_leading;

/// Bytes of a pixel with 4 channels of 16 bits.
const LARGEST_PIXEL: u64 = 8;

/// A decoder behind the chunks that precede the pixels.
struct Opened<'a> {
    reader: Reader<Cursor<Cow<'a, [u8]>>>,
    width: usize,
    height: usize,
    /// Bytes of the image as the crate gives it.
    bytes: usize,
    /// Bytes of a file that had to be completed.
    copied: usize,
}

impl<'a> Opened<'a> {
    fn new(data: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let bytes = usize::try_from(limits.max_pixels.saturating_mul(LARGEST_PIXEL));
        let data = chunks::completed(data)?;
        let copied = if let Cow::Owned(copy) = &data { copy.len() } else { 0 };
        let mut options = DecodeOptions::default();
        // Neither chunk describes pixels, and a fault in one would refuse a good picture.
        options.set_ignore_text_chunk(true);
        options.set_ignore_iccp_chunk(true);
        // Those of chunks have been checked as Pillow does; that of the compressed data counts.
        options.set_ignore_crc(true);
        options.set_ignore_adler32(false);
        let mut decoder = Decoder::new_with_options(Cursor::new(data), options);
        decoder.set_limits(::png::Limits { bytes: bytes.unwrap_or(usize::MAX) });
        let header = decoder.read_header_info()?;
        let (width, height) = limits.check(header.width.into(), header.height.into())?;

        // Palettes become RGB(A), 1, 2 and 4-bit gray 8-bit, a transparent colour an alpha channel.
        decoder.set_transformations(Transformations::EXPAND);
        let reader = decoder.read_info()?;
        let colours = reader.info().palette.as_deref().map_or(0, <[u8]>::len);
        let indexed = reader.info().color_type == ColorType::Indexed;
        if indexed && (colours % 3 != 0 || colours > 3 * 256) {
            // Beside a tRNS chunk the crate panics on it.
            let cause =
                format!("its palette has {colours} bytes, not 3 for each of up to 256 colours");
            return Err(Fault::damaged(cause));
        }
        let bytes = reader.output_buffer_size();
        let bytes = bytes.ok_or_else(|| Fault::damaged("its size overflows the memory"))?;
        Ok(Self { reader, width, height, bytes, copied })
    }
}

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Opened { width, height, bytes, copied, .. } = Opened::new(data, limits)?;
    // Channels and bits are dropped in place.
    Ok(Probe::new(width, height, (bytes + copied) as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let Opened { mut reader, width, height, bytes, .. } = Opened::new(data, limits)?;
    let mut pixels = vec![0; bytes];
    let frame = reader.next_frame(&mut pixels)?;
    pixels.truncate(frame.buffer_size());

    let info = reader.info();
    let samples = frame.color_type.samples();
    let mut conversions = Conversions {
        alpha_dropped: samples % 2 == 0,
        orientation_ignored: info.exif_metadata.as_deref().is_some_and(exif::asks_turn),
        further_frames: info.animation_control.is_some_and(|control| control.num_frames > 1),
        ..Conversions::default()
    };
    if frame.bit_depth == BitDepth::Sixteen {
        // Pillow's own “I;16” mode is for gray without an alpha channel; converting it clips.
        conversions.clipped_16bit = info.color_type == ColorType::Grayscale;
        conversions.shortened_16bit = !conversions.clipped_16bit;
        if conversions.clipped_16bit {
            pixels.chunks_exact_mut(2).for_each(|v| v[0] = if v[0] > 0 { 255 } else { v[1] });
        }
        keep_leading(&mut pixels, 1, 2);
    }
    let channels = if samples < 3 { 1 } else { 3 };
    if samples != channels {
        keep_leading(&mut pixels, channels, samples);
    }
    Ok((Image8::new(height, width, channels, pixels)?, conversions))
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::Format(what) => in_words(&what.to_string()),
            DecodingError::IoError(_) => Self::ends_within("the pixels"),
            DecodingError::LimitsExceeded => Self::unsupported("it needs more memory than allowed"),
            DecodingError::Parameter(_) => Self::damaged("its frames are not where it says"),
        }
    }
}

/// The crate's texts show its structures and numbers; told apart by how they begin.
fn in_words(text: &str) -> Fault {
    let begins = |with: &[&str]| with.iter().any(|begin| text.starts_with(begin));
    if text.ends_with("InsufficientInput") || begins(&["IDAT or f"]) {
        return Fault::ends_within("the pixels");
    }
    Fault::damaged(if begins(&["Corrupt deflate"]) {
        "the compressed pixels are damaged"
    } else if begins(&["Missing palette", "Not enough palette"]) {
        "its palette is missing or too short"
    } else if begins(&["Invalid", "Unknown", "The size of", "Transparency"]) {
        "its header holds a value that PNG does not know"
    } else {
        "its chunks are wrong or out of order"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel of colour 0, with a palette of `bytes` bytes.
    fn indexed(bytes: usize, trns: bool) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut file, 1, 1);
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(vec![7; bytes]);
        if trns {
            encoder.set_trns(vec![0]);
        }
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        file
    }

    #[test]
    fn palettes_of_an_odd_length_are_damaged() {
        // Found by fuzzing: a palette of 49 bytes and a tRNS chunk.
        for bytes in [4, 5, 49, 769, 771, 900] {
            for trns in [false, true] {
                let result = decode(&indexed(bytes, trns), &Limits::default());
                assert!(matches!(result, Err(Fault::Damaged { .. })), "{bytes} {trns}");
            }
        }
        for bytes in [3, 48, 768] {
            assert_eq!(
                decode(&indexed(bytes, true), &Limits::default()).unwrap().0.pixels(),
                [7; 3]
            );
        }
    }
}
