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
    check_chunks(data.get(12..).unwrap_or_default(), (width, height), false)?;
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

/// Checks what chunks say of themselves, since the decoder makes room for it before it looks: that they
/// are as long as they say, and that no lossy frame is larger than the canvas. Frames of an animation are
/// chunks with chunks inside, `nested` ones, and go no deeper.
fn check_chunks(mut chunks: &[u8], canvas: (usize, usize), nested: bool) -> Result<(), Fault> {
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let &[a, b, c, d, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        let body = rest.get(..length).ok_or(Fault::ends_within("a chunk"))?;
        match &[a, b, c, d] {
            b"VP8 " if !fits(body, canvas) => {
                return Err(Fault::damaged("a frame is larger than its canvas"));
            }
            // Its place and time, then chunks.
            b"ANMF" if !nested => {
                check_chunks(body.get(16..).unwrap_or_default(), canvas, true)?;
            }
            _ => {}
        }
        chunks = rest.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Ok(())
}

/// Three bytes of flags, three that mark the start, then width and height in 14 bits each.
fn fits(frame: &[u8], (width, height): (usize, usize)) -> bool {
    let side = |at: usize| {
        let low = frame.get(at..).and_then(|side| side.first_chunk()).copied();
        usize::from(u16::from_le_bytes(low.unwrap_or_default()) & 0x3fff)
    };
    side(6) <= width && side(8) <= height
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [name, &(body.len() as u32).to_le_bytes()[..], body].concat()
    }

    #[test]
    fn no_frame_is_larger_than_its_canvas() {
        // Found by fuzzing: a canvas of 4x4, and in it a frame of 16383x16383, for which the decoder
        // would take 400 MB.
        let vp8 = |width: u16, height: u16| {
            let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
            chunk(b"VP8 ", &[&[0x10, 0, 0, 0x9d, 0x01, 0x2a][..], &size, &[0; 8]].concat())
        };
        let extended = |flags: u8, frame: Vec<u8>| {
            let head = chunk(b"VP8X", &[flags, 0, 0, 0, 3, 0, 0, 3, 0, 0]);
            let body = [&b"WEBP"[..], &head, &frame].concat();
            chunk(b"RIFF", &body)
        };
        let animated = |frame: Vec<u8>| {
            let start = chunk(b"ANIM", &[0; 6]);
            [start, chunk(b"ANMF", &[vec![0; 16], frame].concat())].concat()
        };
        for (width, height) in [(16_383, 16_383), (4, 5), (5, 4)] {
            for file in [extended(0, vp8(width, height)), extended(2, animated(vp8(width, height)))]
            {
                let fault = decode(&file).unwrap_err();
                let Fault::Damaged { cause } = fault else { panic!("{fault:?}") };
                assert_eq!(cause, "a frame is larger than its canvas");
            }
        }
        assert!(check_chunks(&vp8(4, 4), (4, 4), false).is_ok());
        // Likewise: 400 MB of EXIF in a file of a few bytes.
        let exif = [&b"EXIF"[..], &400_000_000_u32.to_le_bytes(), b"II"].concat();
        let fault = decode(&extended(8, [vp8(4, 4), exif].concat())).unwrap_err();
        assert!(matches!(&fault, Fault::Damaged { cause } if cause.contains("chunk")), "{fault:?}");
    }
}
