//! The plain, slow twin of every preprocessing kernel.

use crate::{AxisTable, Error, NETWORK_SIZE, Preset};

/// Turns one image into the network's input as `preset` defines it, in f64 throughout; only the tap
/// weights are f32 ([`AxisTable`]).
///
/// `pixels`: u8, row-major `[height, width, channels]`, 1 channel (grey, copied to all three) or 3
/// (red, green, blue). Result: `[3, 299, 299]`, channel-first, red, green, blue, in the range of
/// the preset's [`PixelScaling`](crate::PixelScaling).
///
/// Some programs scale by 1/255 before they resize, and Pillow resizes in two passes; here one loop
/// over all taps comes first and the scaling last, which in f64 is the same to 1e-14 and serves every
/// preset.
///
/// # Errors
/// [`Error::Channels`], [`Error::AxisSize`] for an empty or huge image, [`Error::Length`] if
/// `pixels` has not `height·width·channels` values.
pub fn reference_preprocess(
    pixels: &[u8],
    height: usize,
    width: usize,
    channels: usize,
    preset: Preset,
) -> Result<Vec<f64>, Error> {
    if channels != 1 && channels != 3 {
        return Err(Error::Channels { channels });
    }
    let rows = AxisTable::new(preset.resize(), height, NETWORK_SIZE)?;
    let columns = AxisTable::new(preset.resize(), width, NETWORK_SIZE)?;
    // Both sides are at most 2²⁴, so the product fits in 64 bits.
    let expected = height * width * channels;
    if pixels.len() != expected {
        return Err(Error::Length { what: "pixels", expected, got: pixels.len() });
    }

    let mut out = Vec::with_capacity(3 * NETWORK_SIZE * NETWORK_SIZE);
    for channel in 0..3 {
        let channel = channel.min(channels - 1);
        for y in 0..NETWORK_SIZE {
            for x in 0..NETWORK_SIZE {
                let mut sum = 0.0;
                for (row, row_weight) in rows.taps_of(y) {
                    for (column, column_weight) in columns.taps_of(x) {
                        let value = pixels[(row * width + column) * channels + channel];
                        sum += f64::from(row_weight) * f64::from(column_weight) * f64::from(value);
                    }
                }
                out.push(preset.scaling().apply(preset.overshoot().apply(sum)));
            }
        }
    }
    Ok(out)
}
