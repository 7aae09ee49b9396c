//! WebP, lossy and lossless, by the `image` crate; both agree with libwebp to the bit.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder};

use super::samples::leading;
use super::{Fault, Image8, Losses, checked_size, orient};

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let stored = data.get(4..8).and_then(|length| length.first_chunk()).copied();
    if stored.is_none_or(|length| u32::from_le_bytes(length) as usize > data.len() - 8) {
        // The decoder would not notice a later frame that is cut off; libwebp does.
        return Err(Fault::ends_within("the image data"));
    }
    let mut decoder = WebPDecoder::new(Cursor::new(data))?;
    let (width, height) = decoder.dimensions();
    let (width, height) = checked_size(width.into(), height.into())?;
    let alpha = decoder.color_type() == ColorType::Rgba8;
    let exif = decoder.exif_metadata().unwrap_or_default();
    let losses = Losses {
        alpha_dropped: alpha,
        orientation_ignored: exif.as_deref().is_some_and(orient::exif_asks_turn),
        further_frames: decoder.has_animation(),
        ..Losses::default()
    };
    let samples = if alpha { 4 } else { 3 };
    let mut raw = vec![0; width * height * samples];
    decoder.read_image(&mut raw)?;
    let pixels = if alpha { leading(&raw, 3, 4) } else { raw };
    Ok((Image8::new(height, width, 3, pixels)?, losses))
}
