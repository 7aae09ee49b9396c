//! Windows and OS/2 bitmaps, read here: Pillow widens 5 and 6-bit samples by truncating, other
//! decoders by rounding, and fills the gaps in run-length data in a way of its own.
//!
//! More lenient than Pillow in one case: it garbles or refuses palettes that are the plain gray
//! ramp at 4 bits, and palettes of black and white alone at 4 and 8 bits. They are read as written.

mod header;
mod layout;
mod rle;

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::limits::Limits;
use super::palette::Palette;
use super::probe::Probe;
use super::samples::unpack;
use header::{Compression, Header};
use layout::Layout;

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Header { width, height, bits, .. } = Header::read(data, limits)?;
    // Indices and colours, or colours alone.
    let bytes = if bits <= 8 { 1 + 3 } else { 3 };
    Ok(Probe::new(width, height, (width * height * bytes) as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let header = Header::read(data, limits)?;
    let body = data.get(header.body..).unwrap_or_default();
    let size = (header.width, header.height);
    let stride = (header.width * header.bits).div_ceil(32) * 4;
    let mut conversions = Conversions::default();

    let mut pixels = if header.bits <= 8 {
        // A table may claim more colours than the file has.
        let table = data.get(header.palette.start..).unwrap_or_default();
        let table = &table[..table.len().min(header.palette.len())];
        let indices = match header.compression {
            Compression::Rle8 => rle::expand(data, header.body, size, false)?,
            Compression::Rle4 => rle::expand(data, header.body, size, true)?,
            _ => unpack(body, size, header.bits, stride).ok_or(Fault::ends_within("the pixels"))?,
        };
        Palette::from_bgr(table, header.entry).apply(&indices)
    } else {
        let layout = Layout::of(&header)?;
        conversions.alpha_dropped = layout.has_alpha();
        layout.read(body, size, stride).ok_or(Fault::ends_within("the pixels"))?
    };

    if !header.top_down {
        let row = header.width * 3;
        let (mut top, mut bottom) = (0, header.height - 1);
        while top < bottom {
            let (upper, lower) = pixels.split_at_mut(bottom * row);
            upper[top * row..][..row].swap_with_slice(&mut lower[..row]);
            (top, bottom) = (top + 1, bottom - 1);
        }
    }
    Ok((Image8::new(header.height, header.width, 3, pixels)?, conversions))
}
