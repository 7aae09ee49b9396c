//! The part of NumPy's legacy generator `numpy.random.RandomState` that the metrics use.
//!
//! torch-fidelity and dgm-eval draw their subsets from it, so their numbers require the same draws.
//! NumPy promises that this stream never changes (NEP 19).

use super::mt19937::Mt19937;
use crate::Error;

/// `numpy.random.RandomState(seed)` for an integer seed below 2³².
#[derive(Debug, Clone)]
pub struct RandomState(Mt19937);

impl RandomState {
    /// The generator with this seed.
    pub fn new(seed: u32) -> Self {
        Self(Mt19937::new(seed))
    }

    /// `shuffle(values)` of a one-dimensional array: Fisher–Yates from the back, with each position
    /// drawn by masked rejection.
    ///
    /// # Panics
    ///
    /// If `values` has more than 2³² elements.
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

    /// `choice(n, k, replace=False)`: the first `k` of a permutation of `n`; all of it if `k` is
    /// more than `n`, which NumPy refuses.
    pub fn choice(&mut self, n: u32, k: usize) -> Vec<u32> {
        let mut values = self.permutation(n);
        values.truncate(k);
        values
    }

    /// NumPy's `random_interval`: a number in `0..=max`, drawn under the mask of `max` until it
    /// fits.
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

/// `np.sort(RandomState(seed).permutation(of)[:count])`: a random subset of `count` of the numbers
/// `0..of`, in rising order; all of them if `count` is more.
///
/// # Errors
/// [`Error::TooManyImages`] if `of` is 2³² or more.
pub fn sorted_sample(of: usize, count: usize, seed: u32) -> Result<Vec<usize>, Error> {
    let num_images = of as u64;
    let of = u32::try_from(of).map_err(|_| Error::TooManyImages { num_images })?;
    let mut chosen = RandomState::new(seed).choice(of, count);
    chosen.sort_unstable();
    Ok(chosen.into_iter().map(|index| index as usize).collect())
}
