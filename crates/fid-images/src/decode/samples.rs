//! Small operations on rows of samples that several formats share.

/// Samples of `bits` (1, 2, 4 or 8) each, high bits first, every row beginning on a byte; `stride`
/// bytes lie between the beginnings of two rows. `None` if `data` ends early; the last row need not
/// be padded.
pub(super) fn unpack(
    data: &[u8],
    (width, height): (usize, usize),
    bits: usize,
    stride: usize,
) -> Option<Vec<u8>> {
    let row_bytes = (width * bits).div_ceil(8);
    let mask = ((1u16 << bits) - 1) as u8;
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        let row = data.get(y * stride..)?.get(..row_bytes)?;
        if bits == 8 {
            out.extend_from_slice(row);
        } else {
            out.extend((0..width).map(|x| {
                let bit = x * bits;
                (row[bit / 8] >> (8 - bits - bit % 8)) & mask
            }));
        }
    }
    Some(out)
}

/// Spreads gray levels of `bits` (1, 2, 4 or 8) over 0..=255.
pub(super) fn spread(levels: &mut [u8], bits: usize) {
    let step = match bits {
        1 => 255,
        2 => 85,
        4 => 17,
        _ => return,
    };
    for level in levels {
        *level *= step;
    }
}

/// Keeps the first `keep` of every `of` samples, in place: a second buffer would double the memory.
pub(super) fn keep_leading(data: &mut Vec<u8>, keep: usize, of: usize) {
    let pixels = data.len() / of;
    for pixel in 0..pixels {
        for channel in 0..keep {
            data[pixel * keep + channel] = data[pixel * of + channel];
        }
    }
    data.truncate(pixels * keep);
    data.shrink_to_fit();
}

/// A floating-point level as a byte: whole numbers of 0 to 255, cut off and not rounded.
pub(super) fn level(value: f32) -> u8 {
    // Casts saturate, and make 0 of what is no number.
    value as u8
}

/// `a·b/255`, rounded to the nearest.
pub(super) fn scaled(a: u8, b: u8) -> u8 {
    // Never a tie, as 255 is odd; adding 127 before the division therefore rounds.
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_across_bytes_and_needs_no_final_padding() {
        let data = [0b1010_0000, 0b1000_0000, 9, 9, 0b0101_1111, 0b0000_0000];
        let got = unpack(&data, (9, 2), 1, 4);
        assert_eq!(got, Some(vec![1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0]));
        assert_eq!(unpack(&data[..5], (9, 2), 1, 4), None);
        assert_eq!(unpack(&[0x1F, 0x20], (3, 1), 4, 2), Some(vec![1, 15, 2]));
    }

    #[test]
    fn leading_samples_are_kept_in_place() {
        let mut data = (0..12).collect();
        keep_leading(&mut data, 3, 4);
        assert_eq!(data, [0, 1, 2, 4, 5, 6, 8, 9, 10]);
        keep_leading(&mut data, 1, 3);
        assert_eq!(data, [0, 4, 8]);
    }

    #[test]
    fn floating_point_levels_are_cut_as_pillow_cuts_them() {
        // What Pillow 13 makes of a picture of mode F.
        let values = [-5.7, 0.4, 0.6, 1.5, 254.51, 255.4, 1e9, f32::NAN, f32::INFINITY, -1e38];
        assert_eq!(values.map(level), [0, 0, 0, 1, 254, 255, 255, 0, 255, 0]);
    }

    #[test]
    fn scaled_is_the_rounded_quotient() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let exact = (f64::from(a) * f64::from(b) / 255.0).round();
                assert_eq!(f64::from(scaled(a, b)), exact);
            }
        }
    }
}
