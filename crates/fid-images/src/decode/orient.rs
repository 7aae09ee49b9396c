//! Turning an image as a TIFF orientation tag asks (TIFF 6.0, tag 274).

use fid_core::Image8;

use super::fault::Fault;

/// The image upright, for orientations 2 to 8; any other number leaves it as stored.
///
/// The number says where the stored first row and first column belong: 6, for example, is “right
/// side, top”, so the stored picture is turned clockwise by a quarter.
pub(super) fn upright(image: Image8, orientation: u64) -> Result<Image8, Fault> {
    if !(2..=8).contains(&orientation) {
        return Ok(image);
    }
    let (height, width, channels) = (image.height(), image.width(), image.channels());
    let turned = orientation >= 5;
    let (out_height, out_width) = if turned { (width, height) } else { (height, width) };
    let mut pixels = Vec::with_capacity(image.pixels().len());
    for y in 0..out_height {
        for x in 0..out_width {
            let (from_y, from_x) = match orientation {
                2 => (y, width - 1 - x),
                3 => (height - 1 - y, width - 1 - x),
                4 => (height - 1 - y, x),
                5 => (x, y),
                6 => (height - 1 - x, y),
                7 => (height - 1 - x, width - 1 - y),
                _ => (x, width - 1 - y),
            };
            let at = (from_y * width + from_x) * channels;
            pixels.extend_from_slice(&image.pixels()[at..at + channels]);
        }
    }
    Ok(Image8::new(out_height, out_width, channels, pixels)?)
}
