//! The part of PyTorch's CPU generator that the metrics use.
//!
//! Follows ATen's `CPUGeneratorImpl`, `DistributionTemplates.h` and `TransformationHelper.h`,
//! checked against torch 2.15. PyTorch does not promise the same stream in every version, but this
//! one has not changed for years.

use super::mt19937::Mt19937;

/// `torch.Generator(device="cpu").manual_seed(seed)`.
#[derive(Debug, Clone)]
pub struct TorchGenerator(Mt19937);

impl TorchGenerator {
    /// The generator with this seed. PyTorch uses its low 32 bits.
    pub fn new(seed: u64) -> Self {
        Self(Mt19937::new(seed as u32))
    }

    /// `torch.randperm(n)` for `n` below 2³²/20: Fisher–Yates from the front, with each position
    /// drawn as a remainder. (For larger `n`, PyTorch draws 64 bits and this still draws 32.)
    pub fn randperm(&mut self, n: u32) -> Vec<u32> {
        let mut values: Vec<_> = (0..n).collect();
        for i in 0..n.saturating_sub(1) {
            let other = i + self.0.next_u32() % (n - i);
            values.swap(i as usize, other as usize);
        }
        values
    }

    /// `torch.randn(count)` in f32, for a `count` of at least 16: Box–Muller on blocks of 16
    /// uniform numbers, the first half for radii and the second for angles. If 16 does not divide
    /// the count, the last 16 values are drawn again. (PyTorch draws fewer than 16 in another way;
    /// this returns the first of 16.)
    ///
    /// Computes logarithm and angle in f64; PyTorch's f32 values differ in the last bits.
    pub fn randn(&mut self, count: usize) -> Vec<f64> {
        let mut values: Vec<f64> = (0..count.max(16)).map(|_| self.uniform()).collect();
        values.chunks_exact_mut(16).for_each(box_muller);
        let whole = values.len();
        if !whole.is_multiple_of(16) {
            let last = &mut values[whole - 16..];
            last.iter_mut().for_each(|value| *value = self.uniform());
            box_muller(last);
        }
        values.truncate(count);
        values
    }

    /// A number in [0, 1) with 24 bits.
    fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32() & 0xFF_FFFF) / f64::from(1 << 24)
    }
}

/// Replaces 16 uniform numbers by 16 normal ones.
fn box_muller(values: &mut [f64]) {
    let (first, second) = values.split_at_mut(8);
    for (a, b) in first.iter_mut().zip(second) {
        let radius = (-2.0 * (1.0 - *a).ln()).sqrt();
        let angle = std::f64::consts::TAU * *b;
        (*a, *b) = (radius * angle.cos(), radius * angle.sin());
    }
}
