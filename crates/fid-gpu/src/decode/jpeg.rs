//! JPEG, by the `image` crate.
//!
//! Colours follow libjpeg's rules: inks count as inverted, so that CMYK becomes `C'·K'/255`. The
//! inverse cosine transform and the widening of subsampled colour are rounded in another way than
//! libjpeg-turbo's, see the module above.

mod markers;

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::{ColorType, ImageDecoder};

use self::markers::Markers;
use super::{Fault, Image8, Losses, checked_size, orient};

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let markers = Markers::read(data)?;
    let (width, height) = checked_size(markers.width.into(), markers.height.into())?;
    markers.check_colours()?;
    if !markers.complete {
        // The decoder would fill the rest with gray.
        return Err(Fault::damaged("the file ends before the picture does"));
    }

    let mut decoder = JpegDecoder::new(Cursor::new(data))?;
    if decoder.dimensions() != (u32::from(markers.width), u32::from(markers.height)) {
        return Err(Fault::unsupported("several pictures of different sizes in one stream"));
    }
    let channels = match decoder.color_type() {
        ColorType::L8 => 1,
        ColorType::Rgb8 => 3,
        other => return Err(Fault::unsupported(format!("colours of type {other:?}"))),
    };
    let exif = decoder.exif_metadata().unwrap_or_default();
    let losses = Losses {
        orientation_ignored: exif.as_deref().is_some_and(orient::exif_asks_turn),
        ..Losses::default()
    };
    let mut pixels = vec![0; width * height * channels];
    decoder.read_image(&mut pixels)?;
    Ok((Image8::new(height, width, channels, pixels)?, losses))
}
