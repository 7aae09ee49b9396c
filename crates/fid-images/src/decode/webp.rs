//! WebP, lossy and lossless, by the `image-webp` crate, which agrees with libwebp to the bit.

use std::io::Cursor;

use fid_core::Image8;
use image_webp::{DecodingError, WebPDecoder};

use super::conversions::Conversions;
use super::exif;
use super::fault::Fault;
use super::limits::Limits;
use super::probe::Probe;
use super::samples::keep_leading;

/// A decoder behind the chunks' headers.
struct Opened<'a> {
    decoder: WebPDecoder<Cursor<&'a [u8]>>,
    width: usize,
    height: usize,
}

impl<'a> Opened<'a> {
    fn new(data: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let stored = data.get(4..8).and_then(|length| length.first_chunk()).copied();
        let length = stored.map_or(usize::MAX, |length| u32::from_le_bytes(length) as usize);
        // The decoder would not notice a later frame that is cut off; libwebp does. What follows the
        // last chunk is not part of the image.
        let data = data.get(..length.saturating_add(8)).ok_or(Fault::ends_within("the pixels"))?;
        let decoder = WebPDecoder::new(Cursor::new(data))?;
        let (width, height) = decoder.dimensions();
        let (width, height) = limits.check(width.into(), height.into())?;
        check_chunks(data.get(12..).unwrap_or_default(), (width, height), false)?;
        Ok(Self { decoder, width, height })
    }
}

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Opened { mut decoder, width, height } = Opened::new(data, limits)?;
    // Planes of lossy frames are padded to whole blocks.
    let padded = (width.next_multiple_of(16) * height.next_multiple_of(16)) as u64;
    let lossy = decoder.is_lossy();
    let half_pixels = match (decoder.is_animated(), lossy, decoder.has_alpha()) {
        // The image, a frame with its planes and its alpha, and the decoder's own canvas.
        (true, ..) => 8 + 8 + 3 + 10 + 8,
        // The image and the planes; alpha is a lossless picture of its own.
        (false, true, false) => 6 + 3,
        (false, true, true) => 8 + 3 + 10,
        // The decoder's RGBA, which is the image or is copied, and its transforms.
        (false, false, false) => 6 + 8 + 1,
        (false, false, true) => 8 + 1,
    };
    // Lossy frames are copied out of the file.
    let copied = if lossy { data.len() as u64 } else { 0 };
    Ok(Probe::new(width, height, padded * half_pixels / 2 + copied))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let Opened { mut decoder, width, height } = Opened::new(data, limits)?;
    let alpha = decoder.has_alpha();
    let exif = decoder.exif_metadata().unwrap_or_default();
    let conversions = Conversions {
        alpha_dropped: alpha,
        orientation_ignored: exif.as_deref().is_some_and(exif::asks_turn),
        further_frames: decoder.is_animated(),
        ..Conversions::default()
    };
    let samples = if alpha { 4 } else { 3 };
    let mut pixels = vec![0; width * height * samples];
    decoder.read_image(&mut pixels)?;
    if alpha {
        keep_leading(&mut pixels, 3, 4);
    }
    Ok((Image8::new(height, width, 3, pixels)?, conversions))
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        Self::damaged(match error {
            DecodingError::IoError(_) | DecodingError::NotEnoughInitData => {
                return Self::ends_within("the pixels");
            }
            DecodingError::ChunkMissing => "a chunk that it needs is missing",
            DecodingError::AlphaChunkSizeMismatch => "its transparency has another size",
            DecodingError::FrameOutsideImage => "a frame lies outside its canvas",
            DecodingError::ImageTooLarge | DecodingError::MemoryLimitExceeded => {
                return Self::unsupported("it needs more memory than allowed");
            }
            DecodingError::HuffmanError
            | DecodingError::BitStreamError
            | DecodingError::TransformError => "the compressed pixels are damaged",
            DecodingError::UnsupportedFeature(_) => {
                return Self::unsupported("a feature of WebP that is not known");
            }
            DecodingError::NoMoreFrames => "it holds no frame",
            _ => "a header in it is wrong",
        })
    }
}

/// Checks the sizes in chunks, for which the decoder allocates before it compares them: no chunk
/// ends beyond the file, no lossy frame is larger than the canvas. Frames of an animation are chunks
/// with chunks inside, `nested` ones, and go no deeper.
fn check_chunks(mut chunks: &[u8], canvas: (usize, usize), nested: bool) -> Result<(), Fault> {
    while let Some((head, rest)) = chunks.split_first_chunk::<8>() {
        let &[a, b, c, d, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        let body = rest.get(..length).ok_or(Fault::ends_within("a chunk"))?;
        match &[a, b, c, d] {
            b"VP8 " if !fits(body, canvas) => {
                return Err(Fault::damaged("a frame is larger than its canvas"));
            }
            // Its position and time, then chunks.
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
        // Found by fuzzing: a frame of 16383x16383 on a canvas of 4x4, for which the decoder would
        // allocate 400 MB.
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
                let fault = decode(&file, &Limits::default()).unwrap_err();
                let Fault::Damaged { cause } = fault else { panic!("{fault:?}") };
                assert_eq!(cause, "a frame is larger than its canvas");
            }
        }
        assert!(check_chunks(&vp8(4, 4), (4, 4), false).is_ok());
        // Also found by fuzzing: 400 MB of EXIF in a file of a few bytes.
        let exif = [&b"EXIF"[..], &400_000_000_u32.to_le_bytes(), b"II"].concat();
        let fault =
            decode(&extended(8, [vp8(4, 4), exif].concat()), &Limits::default()).unwrap_err();
        assert!(matches!(&fault, Fault::Damaged { cause } if cause.contains("chunk")), "{fault:?}");
    }
}
