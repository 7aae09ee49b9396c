//! NumPy's legacy generator `numpy.random.RandomState`, as far as the metrics draw from it.
//!
//! NumPy promises that this stream never changes (NEP 19), and torch-fidelity and dgm-eval take
//! their subsets from it: whoever wants their numbers needs the same draws.

use super::mt19937::Mt19937;

/// `numpy.random.RandomState(seed)` for an integer seed.
///
/// NumPy refuses seeds of 2³² and more; here the type does.
#[derive(Debug, Clone)]
pub struct RandomState(Mt19937);

impl RandomState {
    /// The generator under a seed.
    pub fn new(seed: u32) -> Self {
        Self(Mt19937::new(seed))
    }

    /// `shuffle(values)` of a one-dimensional array: Fisher and Yates from the back, each position
    /// drawn by masked rejection.
    ///
    /// # Panics
    ///
    /// Where `values` has more than 2³² elements.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        assert!(values.len().saturating_sub(1) <= u32::MAX as usize, "draws are of 32 bits");
        for i in (1..values.len()).rev() {
            values.swap(i, self.at_most(i as u32) as usize);
        }
    }

    /// `permutation(n)`: the numbers `0..n`, shuffled.
    pub fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut values: Vec<_> = (0..n).collect();
        self.shuffle(&mut values);
        values
    }

    /// `choice(n, k, replace=False)`: the first `k` of a permutation of `n`, or all where `k` is
    /// more than `n` (NumPy refuses that; callers here have checked it).
    pub fn choice(&mut self, n: u32, k: usize) -> Vec<u32> {
        let mut values = self.permutation(n);
        values.truncate(k);
        values
    }

    /// NumPy's `random_interval`: from `0..=max`, by drawing under the mask of `max` until it fits.
    fn at_most(&mut self, max: u32) -> u32 {
        let mask = u32::MAX.checked_shr(max.leading_zeros()).unwrap_or(0);
        loop {
            let value = self.0.next_u32() & mask;
            if value <= max {
                return value;
            }
        }
    }
}
