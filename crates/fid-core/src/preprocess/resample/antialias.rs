//! PyTorch's antialiased bilinear filter.

use super::axis_table::AxisTable;

/// The placement of Pillow's triangle filter in PyTorch's arithmetic for f32 images
/// (`UpSampleKernel.cpp`, the helper for weights of antialiased modes): centres, weights and their
/// sum are f32; a term with the constant ½ is f64 until it is stored.
pub(super) fn torch(input_size: usize, output_size: usize) -> AxisTable {
    let scale = input_size as f32 / output_size as f32;
    let stretch = scale.max(1.0);
    let shrink = f64::from((1.0 / f64::from(stretch)) as f32);
    let position = |output| {
        let centre = (f64::from(scale) * (output as f64 + 0.5)) as f32;
        let first = (f64::from(centre - stretch) + 0.5).max(0.0) as usize;
        let end = ((f64::from(centre + stretch) + 0.5) as usize).min(input_size);
        let weight = |pixel| {
            let distance = (f64::from(pixel as f32 - centre) + 0.5) * shrink;
            (1.0 - (distance as f32).abs()).max(0.0)
        };
        let raw: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = raw.iter().sum();
        (first, raw.into_iter().map(|weight| weight / sum).collect())
    };
    AxisTable::from_positions(input_size, (0..output_size).map(position).collect())
}
