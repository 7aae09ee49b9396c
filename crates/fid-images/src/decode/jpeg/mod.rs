//! JPEG, decoded here, to the bits that libjpeg-turbo gives in Pillow.
//!
//! ITU-T T.81 leaves the rounding of the inverse transform, the widening of subsampled colour and
//! the conversion to RGB to the decoder; published distances rest on libjpeg's choices. These are
//! its defaults: the accurate integer transform (Loeffler, Ligtenberg and Moschytz 1989), triangle
//! filters where colour is halved (`upsample.rs`), fixed-point conversion to 16 bits (`colour.rs`).
//! Faults inside the coded data are skipped as libjpeg does: missing blocks stay gray until the next
//! restart mark.
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
#[cfg(feature = "tiff")]
mod part;
mod progressive;
mod scan;
mod source;
mod stream;
mod tables;
mod upsample;

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::limits::Limits;
use super::probe::Probe;
use super::{exif, tiff_directory};
#[cfg(feature = "tiff")]
pub(super) use part::{Part, memory_of_part};
use stream::Stream;

/// The tag of a multi-picture index (CIPA DC-007) that counts the pictures.
const PICTURES: u16 = 0xB001;

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let (frame, several_scans) = stream::header(&[], data, limits)?;
    Ok(Probe::new(frame.width, frame.height, frame.memory(several_scans)))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let stream = Stream::read(&[], data, limits)?;
    let conversions = Conversions {
        orientation_ignored: stream.exif.is_some_and(exif::asks_turn),
        further_frames: stream.pictures.and_then(|block| tiff_directory::number(block, PICTURES))
            > Some(1),
        ..Conversions::default()
    };
    let (height, width) = (stream.frame.height, stream.frame.width);
    let channels = stream.frame.channels();
    let pixels = colour::pixels(&stream.frame, stream.space);
    Ok((Image8::new(height, width, channels, pixels)?, conversions))
}
