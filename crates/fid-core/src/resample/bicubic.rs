//! Cubic convolution, stretched for antialiasing, as Pillow places and normalises it.

use super::AxisTable;

/// How far the filter reaches to each side, in pixels of the coarser of the two grids.
const REACH: f64 = 2.0;

/// Keys' cubic convolution kernel with `a = −½` (R. Keys, "Cubic convolution interpolation for
/// digital image processing", 1981, eq. 15), at a distance from its centre.
fn keys(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < REACH {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// Pillow's placement (`precompute_coeffs` in its `Resample.c`): output `o` is centred on
/// `(o + ½)·in/out` in the coordinates where pixel `p` covers `p..p+1`; it takes the pixels whose
/// centres are within the reach, both ends rounded to the nearest pixel border, cut at the edges of
/// the image. All in f64; the rounding to f32 at the end moves a result by less than
/// `2⁻²⁵·255·Σ|w|`, which is no more than the rounding of Pillow's own f32 intermediate.
pub(super) fn pillow(input_size: usize, output_size: usize) -> AxisTable {
    let scale = input_size as f64 / output_size as f64;
    let stretch = scale.max(1.0);
    let reach = REACH * stretch;
    let positions: Vec<(usize, Vec<f64>)> = (0..output_size)
        .map(|output| {
            let centre = (output as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(input_size);
            let raw = (first..end).map(|pixel| keys((pixel as f64 + 0.5 - centre) / stretch));
            let sum: f64 = raw.clone().sum();
            (first, raw.map(|weight| weight / sum).collect())
        })
        .collect();

    let taps = positions.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
    let mut table = Vec::with_capacity(taps * output_size);
    for (output, (_, weights)) in positions.iter().enumerate() {
        table.extend(weights.iter().map(|&weight| weight as f32));
        table.resize((output + 1) * taps, 0.0);
    }
    let starts = positions.iter().map(|&(first, _)| first as u32).collect();
    AxisTable { input_size, taps, starts, weights: table }
}
