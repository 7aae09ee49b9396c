//! PNG, by the `png` crate.
//!
//! Not by way of `image`, which does not tell 16-bit gray with a transparent level (Pillow clips)
//! from 16-bit gray with an alpha channel (Pillow takes the high byte).

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::samples::leading;
use super::{Fault, Image8, Losses, checked_size, orient};

/// Room for the largest image allowed, 4 channels of 16 bits.
const MAX_ALLOC: usize = super::MAX_PIXELS as usize * 8;

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let limits = Limits { bytes: MAX_ALLOC };
    let mut decoder = Decoder::new_with_limits(Cursor::new(data), limits);
    // Neither says anything about pixels, and a fault in one would refuse a good picture.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info()?;
    let (width, height) = checked_size(header.width.into(), header.height.into())?;

    // Palettes become RGB(A), 1, 2 and 4-bit gray becomes 8-bit, a transparent colour becomes alpha.
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let colours = reader.info().palette.as_deref().map_or(0, <[u8]>::len);
    if reader.info().color_type == ColorType::Indexed && (colours % 3 != 0 || colours > 3 * 256) {
        // Beside a tRNS chunk the crate panics on it.
        let cause = format!("its palette has {colours} bytes, not 3 for each of up to 256 colours");
        return Err(Fault::damaged(cause));
    }
    let size = reader
        .output_buffer_size()
        .ok_or(Fault::TooLarge { width: width as u64, height: height as u64 })?;
    let mut raw = vec![0; size];
    let frame = reader.next_frame(&mut raw)?;
    raw.truncate(frame.buffer_size());

    let info = reader.info();
    let mut losses = Losses {
        alpha_dropped: frame.color_type.samples() % 2 == 0,
        orientation_ignored: info.exif_metadata.as_deref().is_some_and(orient::exif_asks_turn),
        further_frames: info.animation_control.is_some_and(|control| control.num_frames > 1),
        ..Losses::default()
    };

    let samples = frame.color_type.samples();
    let channels = if samples < 3 { 1 } else { 3 };
    let mut bytes = raw;
    if frame.bit_depth == BitDepth::Sixteen {
        // Pillow's own “I;16” mode is for gray without an alpha channel; converting it clips.
        losses.clipped_16bit = info.color_type == ColorType::Grayscale;
        losses.shortened_16bit = !losses.clipped_16bit;
        bytes = if losses.clipped_16bit {
            bytes.chunks_exact(2).map(|v| if v[0] > 0 { 255 } else { v[1] }).collect()
        } else {
            bytes.chunks_exact(2).map(|v| v[0]).collect()
        };
    }
    if samples != channels {
        bytes = leading(&bytes, channels, samples);
    }
    Ok((Image8::new(height, width, channels, bytes)?, losses))
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::Format(what) => {
                // The crate goes on to spell out its own structures.
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

    /// A pixel of colour 0, of a palette of so many bytes.
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
                let result = decode(&indexed(bytes, trns));
                assert!(matches!(result, Err(Fault::Damaged { .. })), "{bytes} {trns}");
            }
        }
        for bytes in [3, 48, 768] {
            assert_eq!(decode(&indexed(bytes, true)).unwrap().0.pixels(), [7; 3]);
        }
    }
}
