//! Running mean and second moment, in f64.

use rayon::prelude::*;

use super::feature_stats::{FeatureStats, MAX_RETAINED_ROWS};
use crate::error::Error;
use crate::features::{check_features, first_not_finite, require_finite};
use crate::linalg::{add_outer_lower, centered, mirror_lower};

/// Rows enter the moments in blocks of this many, however they arrive. So the result does not
/// depend on the batch size, not even in the last bit, and the matrix product has an efficient
/// shape.
const BLOCK: usize = 256;

/// `sum²` may exceed `n·gram` by this share before the sums count as wrong: the rounding of a
/// device's f32 partial sums, with a margin.
const CAUCHY_SCHWARZ_SLACK: f64 = 1e-3;

/// Mean and covariance of features that arrive in batches.
///
/// The state is (n, mean, centred second moment M2), merged by the pairwise formula of Chan, Golub
/// and LeVeque (1979): it never subtracts large sums from each other, so a large mean costs no
/// digits. While the set is small, the accumulator keeps the rows instead (see
/// [`FeatureStats::rows`]).
#[derive(Debug, Clone)]
pub struct MomentAccumulator {
    dim: usize,
    /// Rows not yet in the moments: all of them up to [`Self::retained_len`], later fewer than
    /// [`BLOCK`].
    pending: Vec<f32>,
    /// Number of rows in the moments.
    folded: u64,
    mean: Vec<f64>,
    /// Lower triangle, column-major `[dim, dim]`; empty until the first fold.
    m2: Vec<f64>,
}

impl MomentAccumulator {
    /// An empty accumulator for feature vectors of `dim` values.
    ///
    /// # Errors
    /// [`Error::ZeroDim`].
    pub fn new(dim: usize) -> Result<Self, Error> {
        if dim == 0 {
            return Err(Error::ZeroDim);
        }
        Ok(Self { dim, pending: Vec::new(), folded: 0, mean: vec![0.0; dim], m2: Vec::new() })
    }

    /// The accumulator that has seen the images of `stats`, so that statistics from files can be
    /// merged and extended. Keeps the rows that `stats` keeps.
    ///
    /// # Errors
    /// [`Error::UnknownCount`] if `stats` does not contain its number of images.
    pub fn from_stats(stats: &FeatureStats) -> Result<Self, Error> {
        let mut moments = Self::new(stats.dim())?;
        match (stats.rows(), stats.num_images()) {
            (Some(rows), _) => moments.absorb(rows),
            (None, Some(n)) => {
                let divisor = (n - 1) as f64;
                // Sigma is symmetric, so row-major and column-major are the same.
                let m2: Vec<_> = stats.sigma().iter().map(|value| value * divisor).collect();
                moments.combine(n, stats.mu(), &m2);
            }
            (None, None) => return Err(Error::UnknownCount),
        }
        Ok(moments)
    }

    /// Number of values in a feature vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of images so far.
    pub fn num_images(&self) -> u64 {
        self.folded + (self.pending.len() / self.dim) as u64
    }

    /// Mean of the images so far: `[dim]`; zeros if there are none.
    pub fn mean(&self) -> Vec<f64> {
        let pending = self.pending.len() / self.dim;
        if pending == 0 {
            return self.mean.clone();
        }
        let share = pending as f64 / self.num_images() as f64;
        let pending = mean_of(&self.pending, self.dim);
        self.mean.iter().zip(pending).map(|(folded, new)| folded + (new - folded) * share).collect()
    }

    /// Adds a batch, f32 row-major `[n, dim]` with any `n`. The division into batches does not
    /// change the result. An error leaves the accumulator unchanged.
    ///
    /// # Errors
    /// [`Error::Length`] if the batch is not a whole number of rows; [`Error::NotFinite`] with
    /// image and channel of the first NaN or infinity.
    pub fn update(&mut self, rows: &[f32]) -> Result<(), Error> {
        let excess = rows.len() % self.dim;
        if excess != 0 {
            let expected = rows.len() - excess;
            return Err(Error::Length { what: "features", expected, got: rows.len() });
        }
        check_features(rows, self.dim, self.num_images())?;
        self.absorb(rows);
        Ok(())
    }

    /// Adds all images of `other`, as if they came after the images of `self`.
    ///
    /// # Errors
    /// [`Error::DimMismatch`].
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.require_dim(other.dim)?;
        if other.folded > 0 {
            self.fold_pending();
            self.combine(other.folded, &other.mean, &other.m2);
        }
        self.absorb(&other.pending);
        Ok(())
    }

    /// Adds `n` images that are known only by shifted sums, as a device reduces them: `sum`,
    /// `[dim]`, is `Σ(x − shift)`, and `gram`, row-major `[dim, dim]`, is `Σ(x − shift)(x −
    /// shift)ᵀ`. Reads only the elements of `gram` with column ≥ row. The nearer `shift` is to the
    /// mean, the fewer digits cancel. The accumulator no longer keeps rows. `n` = 0 changes
    /// nothing. An error leaves the accumulator unchanged.
    ///
    /// # Errors
    /// [`Error::DimMismatch`]; [`Error::Length`]; [`Error::NotFinite`]; [`Error::InconsistentSums`]
    /// if `sum²` exceeds `n·gram` by more than rounding.
    pub fn merge_shifted(
        &mut self,
        shift: &[f32],
        n: u64,
        sum: &[f64],
        gram: &[f32],
    ) -> Result<(), Error> {
        let dim = self.dim;
        self.require_dim(shift.len())?;
        self.require_dim(sum.len())?;
        if dim.checked_mul(dim) != Some(gram.len()) {
            let expected = dim.saturating_mul(dim);
            return Err(Error::Length { what: "gram", expected, got: gram.len() });
        }
        if n == 0 {
            return Ok(());
        }
        require_finite("shift", shift, dim, 0)?;
        require_finite("sum", sum, dim, 0)?;
        let count = n as f64;
        for (row, values) in gram.chunks_exact(dim).enumerate() {
            if let Some(at) = first_not_finite(&values[row..]) {
                let (column, value) = (row + at, values[row + at].into());
                return Err(Error::NotFinite { what: "gram", row: row as u64, column, value });
            }
            let square = f64::from(values[row]);
            if square - sum[row] * sum[row] / count < -CAUCHY_SCHWARZ_SLACK * square.abs() {
                return Err(Error::InconsistentSums { column: row });
            }
        }
        self.fold_pending();
        let mean: Vec<_> =
            shift.iter().zip(sum).map(|(&shift, sum)| f64::from(shift) + sum / count).collect();
        let Step { delta, weight } = self.step(n, &mean);
        self.m2.resize(dim * dim, 0.0);
        // The sums around the images' own mean, and the move of the mean, in one pass.
        self.m2.par_chunks_exact_mut(dim).enumerate().for_each(|(column, m2)| {
            let share = sum[column] / count;
            let factor = delta[column] * weight;
            let new = gram[column * dim + column..].iter().zip(&sum[column..]);
            for ((m2, (&gram, sum)), delta) in
                m2[column..].iter_mut().zip(new).zip(&delta[column..])
            {
                *m2 += (f64::from(gram) - share * sum) + factor * delta;
            }
        });
        self.move_mean(n, &delta);
        Ok(())
    }

    /// Mean and unbiased covariance of all images so far.
    ///
    /// # Errors
    /// [`Error::TooFewImages`] below two images.
    pub fn finish(mut self) -> Result<FeatureStats, Error> {
        let num_images = self.num_images();
        if num_images < 2 {
            return Err(Error::TooFewImages { num_images });
        }
        if self.folded == 0 && self.pending.len() <= self.retained_len() {
            let mu = mean_of(&self.pending, self.dim);
            return Ok(FeatureStats::from_rows(self.pending, mu));
        }
        self.fold_pending();
        let divisor = (num_images - 1) as f64;
        self.m2.par_iter_mut().with_min_len(1 << 14).for_each(|value| *value /= divisor);
        mirror_lower(&mut self.m2, self.dim);
        Ok(FeatureStats::from_parts(self.mean, self.m2, Some(num_images)))
    }

    /// The rows of all images so far, row major `[n, dim]`, while they are kept.
    pub fn rows(&self) -> Option<&[f32]> {
        (self.folded == 0).then_some(&self.pending[..])
    }

    /// Takes out the rows that are not in the moments, row major: all of them while they are kept.
    pub(crate) fn take_rows(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.pending)
    }

    /// Number of values, rows times `dim`, up to which the rows are kept.
    fn retained_len(&self) -> usize {
        self.dim.min(MAX_RETAINED_ROWS) * self.dim
    }

    fn require_dim(&self, dim: usize) -> Result<(), Error> {
        if dim == self.dim { Ok(()) } else { Err(Error::DimMismatch { a: self.dim, b: dim }) }
    }

    /// Adds rows that the caller knows to be finite.
    fn absorb(&mut self, mut rows: &[f32]) {
        if self.folded == 0 && self.pending.len() + rows.len() <= self.retained_len() {
            self.pending.extend_from_slice(rows);
            return;
        }
        let block = BLOCK * self.dim;
        // Fold the rows kept so far in the same blocks as if none had been kept.
        let kept = std::mem::take(&mut self.pending);
        let whole = kept.len() / block * block;
        kept[..whole].chunks_exact(block).for_each(|rows| self.fold(rows));
        self.pending = kept[whole..].to_vec();
        while self.pending.len() + rows.len() >= block {
            let (head, tail) = rows.split_at(block - self.pending.len());
            if self.pending.is_empty() {
                self.fold(head);
            } else {
                self.pending.extend_from_slice(head);
                self.fold_pending();
            }
            rows = tail;
        }
        self.pending.extend_from_slice(rows);
    }

    fn fold_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        pending.chunks(BLOCK * self.dim).for_each(|rows| self.fold(rows));
    }

    fn fold(&mut self, rows: &[f32]) {
        let n = (rows.len() / self.dim) as u64;
        let mean = mean_of(rows, self.dim);
        self.m2.resize(self.dim * self.dim, 0.0);
        add_outer_lower(&mut self.m2, centered(rows, &mean, 1.0).as_ref());
        self.shift_mean(n, &mean);
    }

    fn combine(&mut self, n: u64, mean: &[f64], m2: &[f64]) {
        self.m2.resize(self.dim * self.dim, 0.0);
        self.m2.iter_mut().zip(m2).for_each(|(own, other)| *own += other);
        self.shift_mean(n, mean);
    }

    /// Moves the mean by `n` images of mean `mean`, with the term of the pairwise formula that the
    /// difference of the means adds: M2 += δδᵀ·n₁n₂/(n₁+n₂).
    fn shift_mean(&mut self, n: u64, mean: &[f64]) {
        let Step { delta, weight } = self.step(n, mean);
        if weight > 0.0 {
            self.m2.par_chunks_exact_mut(self.dim).enumerate().for_each(|(column, m2)| {
                let factor = delta[column] * weight;
                for (value, delta) in m2[column..].iter_mut().zip(&delta[column..]) {
                    *value += factor * delta;
                }
            });
        }
        self.move_mean(n, &delta);
    }

    /// The step from the mean so far to that of `n` more images.
    fn step(&self, n: u64, mean: &[f64]) -> Step {
        let (before, added) = (self.folded as f64, n as f64);
        let delta = mean.iter().zip(&self.mean).map(|(new, old)| new - old).collect();
        Step { delta, weight: before * added / (before + added) }
    }

    fn move_mean(&mut self, n: u64, delta: &[f64]) {
        let share = n as f64 / (self.folded + n) as f64;
        self.mean.iter_mut().zip(delta).for_each(|(mean, delta)| *mean += delta * share);
        self.folded += n;
    }
}

/// What the merge of two sets adds to their moments.
struct Step {
    /// The difference of the means, δ.
    delta: Vec<f64>,
    /// n₁n₂/(n₁+n₂), the factor of δδᵀ.
    weight: f64,
}

impl FeatureStats {
    /// Statistics of `features`, f32 row-major `[n, dim]`.
    ///
    /// # Errors
    /// Those of [`MomentAccumulator::new`], [`MomentAccumulator::update`] and
    /// [`MomentAccumulator::finish`].
    pub fn from_features(features: &[f32], dim: usize) -> Result<Self, Error> {
        let mut moments = MomentAccumulator::new(dim)?;
        moments.update(features)?;
        moments.finish()
    }
}

/// Mean of `rows`, `[n, dim]`: `[dim]`.
fn mean_of(rows: &[f32], dim: usize) -> Vec<f64> {
    let mut mean = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        mean.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let n = (rows.len() / dim) as f64;
    mean.iter_mut().for_each(|sum| *sum /= n);
    mean
}
