//! JPEG, decoded here, to the bits that libjpeg-turbo gives in Pillow.
//!
//! ITU-T T.81 leaves the rounding of the inverse transform, the widening of subsampled colour and
//! the conversion to RGB to the decoder; published distances rest on libjpeg's choices. These are
//! its defaults: the accurate integer transform (Loeffler, Ligtenberg and Moschytz 1989), triangle
//! filters where colour is halved (`upsample.rs`), fixed-point conversion to 16 bits (`colour.rs`).
//! Faults inside the coded data are passed over as libjpeg does: what is missing stays gray, a
//! restart mark brings back the step.
//!
//! Read: baseline, extended and progressive files of 8 bits, Huffman or arithmetic coding, any
//! sampling that divides evenly, 1, 3 or 4 components. There is no `unsafe` here, and nothing is
//! allocated before the size in the header has been checked.

mod arithmetic;
mod bits;
mod codes;
mod colour;
mod frame;
mod huffman;
mod idct;
mod progressive;
mod scan;
mod source;
mod stream;
mod tables;
mod upsample;

use self::stream::Stream;
use super::{Fault, Image8, Losses, orient, tiff};

/// The tag of a multi-picture index (CIPA DC-007) that counts the pictures.
const PICTURES: u16 = 0xB001;

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let stream = Stream::read(data)?;
    let losses = Losses {
        orientation_ignored: stream.exif.is_some_and(orient::exif_asks_turn),
        further_frames: stream.pictures.and_then(|block| tiff::number(block, PICTURES)) > Some(1),
        ..Losses::default()
    };
    let (height, width) = (stream.frame.height, stream.frame.width);
    let channels = if stream.frame.components.len() == 1 { 1 } else { 3 };
    let pixels = colour::pixels(&stream.frame, stream.space);
    Ok((Image8::new(height, width, channels, pixels)?, losses))
}
