//! Positions for images of another side than the network was trained for.
//!
//! Sources: `interpolate_pos_encoding` of DINOv2's `vision_transformer.py` and of transformers'
//! `modeling_dinov2.py`, `resample_abs_pos_embed` of timm, and PyTorch's `upsample_bicubic2d`.

use fid_core::Positions;

use super::weights::VitWeights;

/// The table of positions for images of `grid × grid` patches, `[1+grid²,width]`: the class
/// token's, then row by row. Interpolated in `f64` and rounded to `f32` once. Where the network was
/// trained for `grid`, every rule gives the trained positions.
///
/// # Panics
/// If `grid` is 0, or `rule` is [`Positions::Native`] and the network was trained for another grid.
pub fn positions(weights: &VitWeights, grid: usize, rule: Positions) -> Vec<f32> {
    interpolated(weights, grid, rule).into_iter().map(|value| value as f32).collect()
}

/// [`positions`] before they are rounded.
pub(super) fn interpolated(weights: &VitWeights, grid: usize, rule: Positions) -> Vec<f64> {
    let (trained, width) = (weights.spec.grid, weights.spec.width);
    let table: Vec<_> = weights.positions.iter().copied().map(f64::from).collect();
    if grid == trained {
        return table;
    }
    assert!(grid > 0, "an image without patches has no positions");
    let axis = Axis { trained, grid };
    let taps = match rule {
        Positions::Hub => axis.sampled(trained as f64 / (grid as f64 + 0.1)),
        Positions::Transformers => axis.sampled(trained as f64 / grid as f64),
        Positions::Timm => axis.averaged(),
        _ => panic!("{} has positions for {trained} patches, not {grid}", weights.spec.name),
    };
    let (class, patches) = table.split_at(width);
    let mut result = class.to_vec();
    for row in &taps {
        for column in &taps {
            let mut sum = vec![0.0; width];
            for &(y, along_column) in row {
                for &(x, along_row) in column {
                    let source = &patches[(y * trained + x) * width..][..width];
                    let weight = along_column * along_row;
                    sum.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            result.extend(sum);
        }
    }
    result
}

/// Trained positions and their weights, for one result.
type Taps = Vec<(usize, f64)>;

/// One axis of the table.
struct Axis {
    trained: usize,
    grid: usize,
}

impl Axis {
    /// Four neighbours of each result, repeated at the edges; results are `scale` apart.
    fn sampled(&self, scale: f64) -> Vec<Taps> {
        let last = self.trained as isize - 1;
        let taps = |at: usize| {
            let source = scale * (at as f64 + 0.5) - 0.5;
            let tap = |step: isize| {
                let place = source.floor() as isize + step;
                (place.clamp(0, last) as usize, cubic(-0.75, source - place as f64))
            };
            (-1..=2).map(tap).collect()
        };
        (0..self.grid).map(taps).collect()
    }

    /// Every position under a filter that is as wide as the results are apart.
    fn averaged(&self) -> Vec<Taps> {
        let scale = self.trained as f64 / self.grid as f64;
        let stretch = scale.max(1.0);
        let taps = |at: usize| {
            let centre = scale * (at as f64 + 0.5) - 0.5;
            let tap = |place: usize| (place, cubic(-0.5, (place as f64 - centre) / stretch));
            let mut taps: Taps = (0..self.trained).map(tap).filter(|&(_, w)| w != 0.0).collect();
            let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
            taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
            taps
        };
        (0..self.grid).map(taps).collect()
    }
}

/// R. Keys' cubic convolution kernel ("Cubic convolution interpolation for digital image
/// processing", 1981).
fn cubic(a: f64, x: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}
