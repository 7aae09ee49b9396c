//! Windows and OS/2 bitmaps, read here: Pillow widens 5 and 6-bit samples by truncating, other
//! decoders by rounding, and fills what run-length data leaves out in a way of its own.
//!
//! More lenient than Pillow in one place: it garbles or refuses palettes that are the plain gray
//! ramp at 4 bits, and palettes of black and white alone at 4 and 8 bits. They are read as written.

mod header;
mod layout;
mod rle;

use self::header::{Compression, Header};
use self::layout::Layout;
use super::palette::Palette;
use super::samples::unpack;
use super::{Fault, Image8, Losses};

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let header = Header::read(data)?;
    let body = data.get(header.body..).unwrap_or_default();
    let size = (header.width, header.height);
    let stride = (header.width * header.bits).div_ceil(32) * 4;
    let mut losses = Losses::default();

    let mut pixels = if header.bits <= 8 {
        let table = data.get(header.palette.clone()).ok_or(Fault::ends_within("the palette"))?;
        let indices = match header.compression {
            Compression::Rle8 => rle::expand(data, header.body, size, false)?,
            Compression::Rle4 => rle::expand(data, header.body, size, true)?,
            _ => unpack(body, size, header.bits, stride).ok_or(Fault::ends_within("the pixels"))?,
        };
        Palette::from_bgr(table, header.entry).apply(&indices)
    } else {
        let layout = Layout::of(&header)?;
        losses.alpha_dropped = layout.has_alpha();
        layout.read(body, size, stride).ok_or(Fault::ends_within("the pixels"))?
    };

    if !header.top_down {
        let rows = pixels.chunks_exact(header.width * 3).rev();
        pixels = rows.flatten().copied().collect();
    }
    Ok((Image8::new(header.height, header.width, 3, pixels)?, losses))
}
