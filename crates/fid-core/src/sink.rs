//! Mean and covariance of features, summed by an engine.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, Pending};
use crate::{Error, FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator, check_features};

/// Rows whose products a device sums in f32 before the sums are merged in `f64`.
///
/// Few enough that f32 rounding stays at 1e-7 of the covariance, many enough that the 16 MiB of
/// sums (at 2048 features) cost little.
const BLOCK_ROWS: usize = 1024;

/// Accumulates the statistics of one data set from batches of features. The division into batches
/// does not change the result.
///
/// The first [`MAX_RETAINED_ROWS`] rows stay on the host, so the distance of small sets is exact.
/// With the next row they move to the engine, which sums blocks of rows around the mean of those
/// first rows, and memory stays constant.
#[derive(Debug)]
pub struct FeatureSink {
    dim: usize,
    max_on_host: usize,
    engine: Arc<dyn Engine>,
    /// Rows on the host, and sums merged in f64.
    total: MomentAccumulator,
    /// The rows after those in the total, once there are too many for the host.
    blocks: Option<Blocks>,
}

/// Rows that are summed in blocks by the engine.
#[derive(Debug)]
struct Blocks {
    shift: Vec<f32>,
    /// A block that the device may still be summing: it is merged when the next one has been
    /// started, so that neither waits for the other.
    running: Option<Block>,
    /// The rows after it, fewer than a block.
    rows: Vec<f32>,
}

/// A block of rows and its sums.
#[derive(Debug)]
struct Block {
    rows: Vec<f32>,
    /// Σ(x − shift).
    sum: Vec<f64>,
    /// Σ(x − shift)(x − shift)ᵀ; `None` if the host sums the rows.
    gram: Option<Pending<Vec<f32>>>,
}

/// An error of a [`FeatureSink`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The rows allow no statistics: a feature is not finite, or there are too few rows.
    #[error(transparent)]
    Statistics(#[from] Error),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl FeatureSink {
    /// An empty sink for rows of `dim` values.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`] if `dim` is 0.
    pub fn new(dim: usize, engine: Arc<dyn Engine>) -> Result<Self, Error> {
        Self::with_max_on_host(dim, engine, MAX_RETAINED_ROWS)
    }

    /// An empty sink that keeps at most `max(1, max_on_host)` rows on the host.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`] if `dim` is 0.
    pub fn with_max_on_host(
        dim: usize,
        engine: Arc<dyn Engine>,
        max_on_host: usize,
    ) -> Result<Self, Error> {
        let total = MomentAccumulator::new(dim)?;
        Ok(Self { dim, max_on_host: max_on_host.max(1), engine, total, blocks: None })
    }

    /// Adds `rows`, `[n,dim]` row major. [`SinkError::Statistics`] leaves the sink unchanged.
    ///
    /// # Errors
    ///
    /// [`SinkError::Statistics`] if a feature is not finite (rows are counted over all batches) or
    /// `rows` is not a whole number of rows; [`SinkError::Engine`] if the device fails, after which
    /// the sink has lost rows.
    pub fn add(&mut self, rows: &[f32]) -> Result<(), SinkError> {
        let excess = rows.len() % self.dim;
        if excess != 0 {
            let expected = rows.len() - excess;
            return Err(Error::Length { what: "features", expected, got: rows.len() }.into());
        }
        check_features(rows, self.dim, self.num_images())?;
        let mut rest = rows;
        if self.blocks.is_none() {
            let room = self.max_on_host.saturating_sub(self.total.num_images() as usize);
            let (head, tail) = rows.split_at(rows.len().min(room.saturating_mul(self.dim)));
            self.total.update(head)?;
            if tail.is_empty() {
                return Ok(());
            }
            rest = tail;
        }
        let blocks = self.blocks.get_or_insert_with(|| Blocks::after(&mut self.total));
        let block = BLOCK_ROWS * self.dim;
        while blocks.rows.len() + rest.len() >= block {
            let (head, tail) = rest.split_at(block.saturating_sub(blocks.rows.len()));
            blocks.rows.extend_from_slice(head);
            let more = blocks.rows.split_off(block);
            let rows = std::mem::replace(&mut blocks.rows, more);
            let next = Block::start(rows, &blocks.shift, &*self.engine)?;
            if let Some(running) = blocks.running.replace(next) {
                running.merge_into(&mut self.total, &blocks.shift)?;
            }
            rest = tail;
        }
        blocks.rows.extend_from_slice(rest);
        Ok(())
    }

    /// Merges all blocks into the total.
    fn flush(&mut self) -> Result<(), SinkError> {
        let Some(blocks) = &mut self.blocks else { return Ok(()) };
        let running = blocks.running.take();
        let last = Block::start(std::mem::take(&mut blocks.rows), &blocks.shift, &*self.engine)?;
        for block in running.into_iter().chain([last]) {
            block.merge_into(&mut self.total, &blocks.shift)?;
        }
        Ok(())
    }

    /// Number of rows so far.
    pub fn num_images(&self) -> u64 {
        let blocks = self.blocks.as_ref().map_or(0, Blocks::num_values);
        self.total.num_images() + (blocks / self.dim) as u64
    }

    /// A copy of the moments so far.
    ///
    /// # Errors
    ///
    /// [`SinkError::Engine`] if the device fails.
    pub fn moments(&self) -> Result<MomentAccumulator, SinkError> {
        let mut total = self.total.clone();
        if let Some(Blocks { shift, running, rows }) = &self.blocks {
            // The running block's sums are still needed, so its rows are summed again.
            for rows in running.iter().map(|block| &block.rows).chain([rows]) {
                Block::start(rows.clone(), shift, &*self.engine)?.merge_into(&mut total, shift)?;
            }
        }
        Ok(total)
    }

    /// The statistics of the rows so far. More rows may follow.
    ///
    /// # Errors
    ///
    /// As [`Self::moments`], and [`Error::TooFewImages`] for fewer than two rows.
    pub fn statistics(&self) -> Result<FeatureStats, SinkError> {
        Ok(self.moments()?.finish()?)
    }

    /// The statistics of all rows: the bits of [`Self::statistics`], without its copy of the
    /// moments.
    ///
    /// # Errors
    ///
    /// As [`Self::statistics`].
    pub fn into_statistics(mut self) -> Result<FeatureStats, SinkError> {
        self.flush()?;
        Ok(self.total.finish()?)
    }

    /// Adds the moments of another set, as if its rows followed this sink's.
    ///
    /// # Errors
    ///
    /// [`Error::DimMismatch`] if rows have another length; [`SinkError::Engine`] if the device
    /// fails.
    pub fn merge(&mut self, other: &MomentAccumulator) -> Result<(), SinkError> {
        self.flush()?;
        Ok(self.total.merge(other)?)
    }
}

impl Blocks {
    /// Blocks around the mean of `total`, that begin with the rows that it still keeps.
    fn after(total: &mut MomentAccumulator) -> Self {
        let shift = total.mean().iter().map(|&mean| mean as f32).collect();
        Self { shift, running: None, rows: total.take_rows() }
    }

    fn num_values(&self) -> usize {
        self.running.as_ref().map_or(0, |block| block.rows.len()) + self.rows.len()
    }
}

impl Block {
    /// Starts the sums of finite rows.
    fn start(rows: Vec<f32>, shift: &[f32], engine: &dyn Engine) -> Result<Self, EngineError> {
        let dim = shift.len();
        let mut sum = vec![0.0; dim];
        let mut gram = None;
        if !rows.is_empty() {
            let mut centred = rows.clone();
            for row in centred.chunks_exact_mut(dim) {
                for ((value, shift), sum) in row.iter_mut().zip(shift).zip(&mut sum) {
                    *value -= shift;
                    *sum += f64::from(*value);
                }
            }
            gram = engine.gram(centred, dim)?;
        }
        Ok(Self { rows, sum, gram })
    }

    /// Waits for the sums and adds them to `total`.
    fn merge_into(self, total: &mut MomentAccumulator, shift: &[f32]) -> Result<(), SinkError> {
        match self.gram {
            None => Ok(total.update(&self.rows)?),
            Some(gram) => {
                let count = (self.rows.len() / shift.len()) as u64;
                // The rows are finite, so bad sums are the device's failure.
                total.merge_shifted(shift, count, &self.sum, &gram.wait()?).map_err(|error| {
                    EngineError::Failed { message: format!("wrong sums: {error}") }.into()
                })
            }
        }
    }
}
