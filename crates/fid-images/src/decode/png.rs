//! PNG, by the `png` crate.
//!
//! Not by the `image` crate, which does not distinguish 16-bit gray with a transparent level (Pillow
//! clips) from 16-bit gray with an alpha channel (Pillow takes the high byte).

use std::io::Cursor;

use fid_core::Image8;
use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};

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
    reader: Reader<Cursor<&'a [u8]>>,
    width: usize,
    height: usize,
    /// Bytes of the image as the crate gives it.
    bytes: usize,
}

impl<'a> Opened<'a> {
    fn new(data: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let bytes = usize::try_from(limits.max_pixels.saturating_mul(LARGEST_PIXEL));
        let bytes = png::Limits { bytes: bytes.unwrap_or(usize::MAX) };
        let mut decoder = Decoder::new_with_limits(Cursor::new(data), bytes);
        // Neither chunk describes pixels, and a fault in one would refuse a good picture.
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
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
        Ok(Self { reader, width, height, bytes })
    }
}

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Opened { width, height, bytes, .. } = Opened::new(data, limits)?;
    // Channels and bits are dropped in place.
    Ok(Probe::new(width, height, bytes as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let Opened { mut reader, width, height, bytes } = Opened::new(data, limits)?;
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
            DecodingError::Format(what) => {
                // The rest of the message lists internal structures of the crate.
                let text = what.to_string();
                Self::damaged(text.split(" while decoding").next().unwrap_or(&text))
            }
            DecodingError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::ends_within("the image data")
            }
            DecodingError::LimitsExceeded => Self::unsupported("it needs more memory than allowed"),
            other => Self::damaged(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel of colour 0, with a palette of `bytes` bytes.
    fn indexed(bytes: usize, trns: bool) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 1, 1);
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
