//! The plain, slow twin of every preprocessing kernel.

use crate::{AxisTable, Error, NETWORK_SIZE, Preset, Rounding};

/// Turns one image into the network's input as `preset` defines it, in f64 throughout; only the tap
/// weights are f32 ([`AxisTable`]).
///
/// `pixels`: u8, row-major `[height, width, channels]`, 1 channel (grey, copied to all three) or 3
/// (red, green, blue). Result: `[3, 299, 299]`, channel-first, red, green, blue, in the range of
/// the preset's [`PixelScaling`](crate::PixelScaling).
///
/// Some programs scale by 1/255 before they resize, and some resize in one pass; here there are two
/// and the scaling is last, which in f64 is the same to 1e-14 and serves every preset.
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
    let rows = AxisTable::new(preset.resize(), preset.rounding(), height, NETWORK_SIZE)?;
    let columns = AxisTable::new(preset.resize(), preset.rounding(), width, NETWORK_SIZE)?;
    // Both sides are at most 2²⁴, so the product fits in 64 bits.
    let expected = height * width * channels;
    if pixels.len() != expected {
        return Err(Error::Length { what: "pixels", expected, got: pixels.len() });
    }

    let rounding = preset.rounding();
    let mut out = Vec::with_capacity(3 * NETWORK_SIZE * NETWORK_SIZE);
    for channel in 0..3 {
        let channel = channel.min(channels - 1);
        let value = |row, column| f64::from(pixels[(row * width + column) * channels + channel]);
        let plane = if rounding.columns_first(height, width) {
            transposed(&two_passes(|column, row| value(row, column), &rows, &columns, rounding))
        } else {
            two_passes(value, &columns, &rows, rounding)
        };
        let finish = |value| preset.scaling().apply(preset.overshoot().apply(value));
        out.extend(plane.into_iter().map(finish));
    }
    Ok(out)
}

/// Resizes along the lines of an image, then across them: `[299, 299]`, a line after the other. `value`
/// is given the line and the place along it.
fn two_passes(
    value: impl Fn(usize, usize) -> f64,
    along: &AxisTable,
    across: &AxisTable,
    rounding: Rounding,
) -> Vec<f64> {
    let mut lines = vec![None; across.input_size()];
    let mut out = Vec::with_capacity(NETWORK_SIZE * NETWORK_SIZE);
    for position in 0..NETWORK_SIZE {
        let mut sums = vec![0.0; NETWORK_SIZE];
        for (line, weight) in across.taps_of(position) {
            let resized: &mut Vec<f64> = lines[line].get_or_insert_with(|| {
                let weighted = |(at, weight)| f64::from(weight) * value(line, at);
                let sum = |position| along.taps_of(position).map(weighted).sum();
                (0..NETWORK_SIZE).map(|position| rounding.apply(sum(position))).collect()
            });
            for (sum, value) in sums.iter_mut().zip(resized) {
                *sum += f64::from(weight) * *value;
            }
        }
        out.extend(sums.into_iter().map(|sum| rounding.apply(sum)));
    }
    out
}

fn transposed(plane: &[f64]) -> Vec<f64> {
    let column = |x: usize| plane.iter().skip(x).step_by(NETWORK_SIZE).copied();
    (0..NETWORK_SIZE).flat_map(column).collect()
}
