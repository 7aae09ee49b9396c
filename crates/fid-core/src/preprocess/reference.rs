//! The definition of preprocessing in f64: plain and slow.

use super::preset::Preset;
use super::resample::AxisTable;
use super::steps::Rounding;
use crate::error::Error;

/// Turns one image into the network's input as `preset` defines it, in f64 throughout except for
/// the f32 tap weights ([`AxisTable`]).
///
/// `pixels` are u8, row-major `[height, width, channels]`, with 1 channel (gray, copied to all
/// three) or 3 (RGB). The result is `[3, side, side]`, channels first in the order red, green, blue,
/// in the range of the preset's [`PixelScaling`](crate::PixelScaling).
///
/// Some programs scale by 1/255 before they resize, and some resize in one pass. This function
/// resizes in two passes and scales last, which in f64 agrees to 1e-14 and serves every preset.
///
/// # Errors
/// [`Error::Channels`]; [`Error::AxisSize`] if a side is 0 or above 2²⁴; [`Error::Length`] if
/// `pixels` does not have `height·width·channels` values.
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
    let rows = AxisTable::of_preset(preset, height, width)?;
    let columns = AxisTable::of_preset(preset, width, height)?;
    // At most 3·2⁴⁸, which exceeds a 32-bit `usize`.
    let expected = height.saturating_mul(width).saturating_mul(channels);
    if pixels.len() != expected {
        return Err(Error::Length { what: "pixels", expected, got: pixels.len() });
    }

    let rounding = preset.rounding();
    let mut out = Vec::with_capacity(3 * preset.side() * preset.side());
    for channel in 0..3 {
        let source = channel.min(channels - 1);
        let value = |row, column| f64::from(pixels[(row * width + column) * channels + source]);
        let plane = if preset.columns_first(height, width) {
            transposed(&two_passes(|column, row| value(row, column), &rows, &columns, rounding))
        } else {
            two_passes(value, &columns, &rows, rounding)
        };
        let finish = |value| preset.scaling().apply(channel, preset.overshoot().apply(value));
        out.extend(plane.into_iter().map(finish));
    }
    Ok(out)
}

/// Resizes along the lines of an image, then across them, line by line. `value`
/// returns the pixel at a line and a position along it.
fn two_passes(
    value: impl Fn(usize, usize) -> f64,
    along: &AxisTable,
    across: &AxisTable,
    rounding: Rounding,
) -> Vec<f64> {
    let mut lines = vec![None; across.input_size()];
    let [lines_out, line_out] = [across, along].map(AxisTable::output_size);
    let mut out = Vec::with_capacity(lines_out * line_out);
    for position in 0..lines_out {
        let mut sums = vec![0.0; line_out];
        for (line, weight) in across.taps_of(position) {
            let resized: &mut Vec<f64> = lines[line].get_or_insert_with(|| {
                let weighted = |(at, weight)| f64::from(weight) * value(line, at);
                let sum = |position| along.taps_of(position).map(weighted).sum();
                (0..line_out).map(|position| rounding.apply(sum(position))).collect()
            });
            for (sum, value) in sums.iter_mut().zip(resized) {
                *sum += f64::from(weight) * *value;
            }
        }
        out.extend(sums.into_iter().map(|sum| rounding.apply(sum)));
    }
    out
}

/// A square with rows and columns exchanged.
fn transposed(plane: &[f64]) -> Vec<f64> {
    let side = plane.len().isqrt();
    let column = |x: usize| plane.iter().skip(x).step_by(side).copied();
    (0..side).flat_map(column).collect()
}
