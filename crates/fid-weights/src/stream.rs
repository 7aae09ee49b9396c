//! Random tensors by rule, of which every element can be drawn on its own.

use rayon::prelude::*;

/// How the filters of a layer, or the rows of a matrix, are scaled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The values have a standard deviation of `gain/√fan_in`.
    pub gain: f64,
    /// Whether the mean of each filter is not subtracted.
    pub keep_mean: bool,
}

/// The random numbers of one tensor, with random access.
pub(crate) struct Stream {
    key: u64,
}

impl Stream {
    /// The numbers of a tensor by its name.
    pub(crate) fn new(name: &str, seed: u64) -> Self {
        Self { key: mix(fnv1a(name) ^ mix(seed)) }
    }

    /// Element `i` as an integer in `-2^23 .. 2^23`.
    fn integer(&self, i: usize) -> i64 {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let bits = mix(self.key.wrapping_add((i as u64 + 1).wrapping_mul(GOLDEN)));
        (bits >> 40) as i64 - (1 << 23)
    }

    /// `of_u` of numbers in [-1, 1).
    pub(crate) fn vector(&self, len: usize, of_u: fn(f64) -> f64) -> Vec<f32> {
        (0..len).map(|i| of_u(self.integer(i) as f64 / f64::from(1 << 23)) as f32).collect()
    }

    /// `count` filters of `fan_in` weights each.
    pub(crate) fn filters(&self, count: usize, fan_in: usize, rule: Rule) -> Vec<f32> {
        let n = fan_in as i64;
        let bound = rule.gain * (3.0 / fan_in as f64).sqrt();
        let mut weights = vec![0.0; count * fan_in];
        let filters = weights.par_chunks_exact_mut(fan_in).enumerate();
        filters.for_each_init(
            || vec![0; fan_in],
            |integers, (f, filter)| {
                for (j, r) in integers.iter_mut().enumerate() {
                    *r = self.integer(f * fan_in + j);
                }
                let sum = if rule.keep_mean { 0 } else { integers.iter().sum() };
                for (weight, r) in filter.iter_mut().zip(&*integers) {
                    // r·n − sum has at most 37 bits: nothing is lost on the way to f64.
                    let unit = (r * n - sum) as f64 / (n << 23) as f64;
                    *weight = (unit * bound) as f32;
                }
            },
        );
        weights
    }
}

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// FNV-1a, 64 bits.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
