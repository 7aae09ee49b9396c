//! Weights in the layout of the matrix kernel.

use rayon::prelude::*;

use super::tile::{Tile, Values};

/// Exponent to which the largest weight of a filter is scaled: a product of two values below 2¹⁶
/// stays far below the largest f32.
const WEIGHT_EXPONENT: i32 = 13;

/// Packed weights and what undoes their scaling.
#[derive(Debug)]
pub(crate) struct Packed {
    /// `[part][input][filter]`, inputs padded to whole slices and filters to whole tiles with zeros.
    /// The parts are the high and the low halves of split values, otherwise the values.
    pub(crate) weights: Vec<f32>,
    /// The bias of each filter, then the factor of each filter that undoes its scale.
    pub(crate) finish: Vec<f32>,
}

/// Packs `weight`, `[filters,channels,area]`, and `bias`, `[filters]`. The upload rounds weights to the
/// type of the kernel's factors.
pub(crate) fn pack(
    weight: &[f32],
    bias: &[f32],
    area: usize,
    in_channels: usize,
    tile: &Tile,
) -> Packed {
    let values = tile.values;
    let channels = weight.len() / (bias.len() * area);
    let padded = bias.len().next_multiple_of(tile.filters);
    let part = (area * in_channels).next_multiple_of(tile.unit.depth()) * padded;
    let mut weights = vec![0.0; part * values.parts()];
    let mut finish = vec![0.0; 2 * padded];
    finish[..bias.len()].copy_from_slice(bias);
    let filters: Vec<_> =
        weight.par_chunks_exact(channels * area).map(|w| (w, scale(w, values))).collect();
    for (finish, (_, scale)) in finish[padded..].iter_mut().zip(&filters) {
        *finish = 1.0 / scale;
    }
    let (whole, low) = weights.split_at_mut(part);
    // Without low halves, no rows of them.
    let mut low: Vec<_> = low.chunks_exact_mut(padded).map(Some).collect();
    low.resize_with(part / padded, || None);
    let rows = whole.par_chunks_exact_mut(padded).zip(low).enumerate();
    rows.for_each(|(row, (whole, low))| {
        let (position, channel) = (row / in_channels, row % in_channels);
        if position >= area || channel >= channels {
            return;
        }
        let scaled = filters.iter().map(|(w, scale)| w[channel * area + position] * scale);
        match low {
            None => whole.iter_mut().zip(scaled).for_each(|(whole, value)| *whole = value),
            Some(low) => {
                for ((whole, low), value) in whole.iter_mut().zip(low).zip(scaled) {
                    *whole = high(value);
                    *low = value - *whole;
                }
            }
        }
    });
    Packed { weights, finish }
}

/// The power of two that scales a filter. Values of f16 and f32 stay as they are.
fn scale(filter: &[f32], values: Values) -> f32 {
    let largest = filter.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
    if values != Values::Split || largest == 0.0 || !largest.is_finite() {
        return 1.0;
    }
    // Exponents outside this range would leave f32; such weights are not those of a network.
    let exponent = (WEIGHT_EXPONENT - largest.log2().ceil() as i32).clamp(-100, 100);
    2.0f32.powi(exponent)
}

/// The value rounded to eleven significant bits, halves away from zero: a f16 if its exponent allows.
/// The kernel does the same, on the bits: the rounding of a conversion is the driver's choice, and
/// one driver was seen to optimise `x - f32(f16(x))` to zero.
pub(crate) fn high(value: f32) -> f32 {
    f32::from_bits(value.to_bits().wrapping_add(0x1000) & 0xffff_e000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::conv::matrix::tile::for_filters;
    use crate::kernels::conv::matrix::tile::tests::units;

    #[test]
    fn halves_add_up_to_the_value_within_22_bits() {
        for exponent in -12..13 {
            for step in 0..1000u16 {
                let value = 2f32.powi(exponent) * (1.0 + f32::from(step) / 1000.0);
                for value in [value, -value] {
                    let high = high(value);
                    // The low half has eleven bits below those of the high half.
                    let error = value - high - super::high(value - high);
                    assert!(error.abs() <= value.abs() * 2f32.powi(-22), "{value}: {error}");
                }
            }
        }
    }

    #[test]
    fn filters_are_scaled_by_powers_of_two_and_padded() {
        // Two filters of three channels over a window of two positions, the second far smaller.
        let weight: Vec<f32> =
            (0..12).map(|i| if i < 6 { 0.5 } else { 1e-6 * (i as f32) }).collect();
        let tile = for_filters(2, units()[0].0, Values::Split);
        let width = tile.filters;
        let packed = pack(&weight, &[1.0, 2.0], 2, 4, &tile);
        assert_eq!(packed.weights.len(), 2 * 32 * width);
        assert_eq!(packed.finish[..3], [1.0, 2.0, 0.0]);
        for (filter, largest) in [(0, 0.5), (1, 11e-6f32)] {
            let undo = packed.finish[width + filter];
            assert_eq!(undo.log2().fract(), 0.0, "{undo} is no power of two");
            let scaled = largest / undo;
            assert!((4096.0..=8192.0).contains(&scaled), "{scaled}");
        }
        // Channel 1 at position 1 of filter 1 is weight 6 + 3.
        let row = 4 + 1;
        let [high, low] = [0, 32 * width].map(|part| packed.weights[part + row * width + 1]);
        assert_eq!((high + low) * packed.finish[width + 1], weight[9]);
        let zeros = packed.weights.iter().filter(|&&weight| weight == 0.0).count();
        // Halves of 0.5 have no low part.
        assert!(zeros >= 2 * 32 * width - 2 * 12 + 6, "padding is zero");
    }
}
