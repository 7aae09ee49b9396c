//! The arithmetic of the kernel on the CPU, with the truncation of a GPU's matrix units, against f64.

use fid_core::tolerance;
use half::f16;

use super::launch::SCALE;
use super::split::{high, pack};
use super::tile::tests::units;
use super::tile::{Values, all};

/// How the twin differs from the kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// The sums of all slices stay in the matrix unit.
    SumsInUnit,
    /// The low halves of inputs are lost.
    NoLowInputs,
}

const FILTERS: usize = 16;

/// A unit's sum of products: exact, then rounded toward zero to f32.
fn truncated_sum(sum: f32, products: impl Iterator<Item = f64>) -> f32 {
    let exact = products.fold(f64::from(sum), |sum, product| sum + product);
    let nearest = exact as f32;
    if f64::from(nearest).abs() <= exact.abs() {
        return nearest;
    }
    if nearest > 0.0 { nearest.next_down() } else { nearest.next_up() }
}

/// Sums of 12 uniform values, which are nearly normal.
fn normals(count: usize, size: f32) -> Vec<f32> {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..count).map(|_| size * ((0..12).map(|_| uniform()).sum::<f32>() - 6.0)).collect()
}

/// The relative L2 error of a product of `length` inputs of about `size` with a matrix of filters.
fn error(length: usize, size: f32, fault: Fault) -> f64 {
    let inputs: Vec<f32> = normals(length, size).iter().map(|x| x.max(0.0)).collect();
    let weight = normals(FILTERS * length, 0.02);
    let unit = units()[0].0;
    let tile = all(unit, Values::Split)[0];
    let packed = pack(&weight, &[0.0; FILTERS], 1, length, &tile);
    let (low, row) = (packed.weights.len() / 2, packed.finish.len() / 2);
    let half = |value: f32| f64::from(f16::from_f32(value).to_f32());
    let (mut wrong, mut right) = (0.0, 0.0);
    for filter in 0..FILTERS {
        let factors = inputs.iter().enumerate().map(|(at, &x)| {
            let (x, at) = (x * SCALE, at * row + filter);
            let input = [high(x), if fault == Fault::NoLowInputs { 0.0 } else { x - high(x) }];
            [input, [packed.weights[at], packed.weights[low + at]]].map(|halves| halves.map(half))
        });
        let factors: Vec<_> = factors.collect();
        let (mut total, mut sum) = (0.0f32, 0.0f32);
        for slice in factors.chunks(unit.depth()) {
            for step in slice.chunks(unit.side) {
                for [input, weight] in [[1, 0], [0, 1], [0, 0]] {
                    sum = truncated_sum(sum, step.iter().map(|[x, w]| x[input] * w[weight]));
                }
            }
            if fault != Fault::SumsInUnit {
                total += sum;
                sum = 0.0;
            }
        }
        let product = (total + sum) * packed.finish[row + filter] / SCALE;
        let weight = &weight[filter * length..][..length];
        let exact: f64 =
            inputs.iter().zip(weight).map(|(&x, &w)| f64::from(x) * f64::from(w)).sum();
        wrong += (f64::from(product) - exact).powi(2);
        right += exact.powi(2);
    }
    (wrong / right).sqrt()
}

#[test]
fn split_products_are_as_exact_as_f32() {
    for length in [32, 96, 288, 1024, 2048, 4032] {
        for size in [0.01, 1.0, 100.0] {
            let error = error(length, size, Fault::None);
            println!("{length} inputs of size {size}: {error:.2e}");
            assert!(error <= tolerance::SPLIT, "{length} inputs of size {size}: {error:.2e}");
        }
    }
}

#[test]
fn sums_in_the_unit_and_lost_halves_are_not() {
    for fault in [Fault::SumsInUnit, Fault::NoLowInputs] {
        let error = error(2048, 1.0, fault);
        println!("{fault:?}: {error:.2e}");
        assert!(error > 4.0 * tolerance::SPLIT, "{fault:?}: {error:.2e}");
    }
}
