//! Components to gray or RGB: libjpeg's conversion, then Pillow's for inks.

use super::frame::Frame;
use super::upsample::Upsampler;
use crate::decode::samples::scaled;

/// The colour space of the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Gray,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

impl Space {
    /// The colour space that libjpeg infers. A JFIF segment takes precedence over an Adobe segment,
    /// whose colour transform is `adobe`, and both over the components' names.
    pub(super) fn of(names: &[u8], jfif: bool, adobe: Option<u8>) -> Self {
        match (names, jfif, adobe) {
            ([_], ..) => Self::Gray,
            ([_, _, _, _], _, None | Some(0)) => Self::Cmyk,
            ([_, _, _, _], ..) => Self::Ycck,
            (_, false, Some(0)) | (b"RGB", false, None) => Self::Rgb,
            _ => Self::YCbCr,
        }
    }
}

/// `[height, width, channels]` u8: one channel for gray, else RGB.
pub(super) fn pixels(frame: &Frame, space: Space) -> Vec<u8> {
    let channels = frame.channels();
    let mut parts: Vec<_> = frame.components.iter().map(Upsampler::new).collect();
    let mut out = vec![0; frame.height * frame.width * channels];
    for (y, row) in out.chunks_exact_mut(frame.width * channels).enumerate() {
        match &mut parts[..] {
            [gray] => row.copy_from_slice(&gray.row(y)[..frame.width]),
            [a, b, c] => three(row, [a.row(y), b.row(y), c.row(y)], space),
            [a, b, c, k] => {
                three(row, [a.row(y), b.row(y), c.row(y)], space);
                // Inks are stored inverted: full value is no ink.
                for (pixel, &k) in row.chunks_exact_mut(3).zip(k.row(y)) {
                    for v in pixel {
                        *v = scaled(*v, k);
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// `[height, width, components]` u8, as stored.
pub(super) fn components(frame: &Frame) -> Vec<u8> {
    let count = frame.components.len();
    let mut out = vec![0; frame.height * frame.width * count];
    for (at, component) in frame.components.iter().enumerate() {
        let mut part = Upsampler::new(component);
        for (y, row) in out.chunks_exact_mut(frame.width * count).enumerate() {
            let places = row.iter_mut().skip(at).step_by(count);
            places.zip(part.row(y)).for_each(|(place, &value)| *place = value);
        }
    }
    out
}

fn three(out: &mut [u8], parts: [&[u8]; 3], space: Space) {
    match space {
        Space::YCbCr => each(out, parts, rgb),
        Space::Ycck => each(out, parts, |a, b, c| rgb(a, b, c).map(|v| 255 - v)),
        _ => each(out, parts, |a, b, c| [a, b, c]),
    }
}

#[inline(always)]
fn each(out: &mut [u8], [a, b, c]: [&[u8]; 3], convert: impl Fn(u8, u8, u8) -> [u8; 3]) {
    for (((pixel, &a), &b), &c) in out.chunks_exact_mut(3).zip(a).zip(b).zip(c) {
        pixel.copy_from_slice(&convert(a, b, c));
    }
}

/// ITU-R BT.601 at full range, as JFIF has it: 1.402 Cr, -0.34414 Cb - 0.71414 Cr, 1.772 Cb, each
/// factor to 16 fractional bits, each sum rounded to the nearest.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let round = |v: i32| (v + (1 << 15)) >> 16;
    [y + round(91_881 * cr), y + round(-22_554 * cb - 46_802 * cr), y + round(116_130 * cb)]
        .map(|v| v.clamp(0, 255) as u8)
}
