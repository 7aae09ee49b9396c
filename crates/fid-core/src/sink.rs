//! Mean and covariance of features, summed by an engine.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, MomentSums};
use crate::{Error, FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator, check_features};

/// Rows that a device sums in f32 before the sums are read and merged in `f64`.
///
/// Few enough that f32 rounding stays at 1e-7 of the covariance, many enough that reading 16 MiB
/// (at 2048 features) is rare.
const FLUSH_ROWS: usize = 1024;

/// Accumulates the statistics of one data set from batches of features.
///
/// The first [`MAX_RETAINED_ROWS`] rows stay on the host, so the distance of small sets is exact.
/// From the batch that exceeds them on, the engine sums around the mean of the rows so far, and
/// memory stays constant.
#[derive(Debug)]
pub struct FeatureSink {
    dim: usize,
    max_on_host: usize,
    engine: Arc<dyn Engine>,
    /// Rows on the host, and sums merged in f64.
    total: MomentAccumulator,
    device: Option<DeviceSums>,
}

/// Sums on the device that are not merged into the total yet.
#[derive(Debug)]
struct DeviceSums {
    shift: Vec<f32>,
    sums: Box<dyn MomentSums>,
    rows: usize,
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
        Ok(Self { dim, max_on_host: max_on_host.max(1), engine, total, device: None })
    }

    /// Adds `rows`, `[n,dim]` row major. [`SinkError::Statistics`] leaves the sink unchanged.
    ///
    /// # Errors
    ///
    /// [`SinkError::Statistics`] if a feature is not finite (rows are counted over all batches) or
    /// `rows` is not a whole number of rows; [`SinkError::Engine`] if the device fails.
    pub fn add(&mut self, rows: &[f32]) -> Result<(), SinkError> {
        let count = rows.len() / self.dim;
        if self.num_images() as usize + count > self.max_on_host {
            self.move_to_device()?;
        }
        let Some(device) = &mut self.device else { return Ok(self.total.update(rows)?) };
        check_features(rows, self.dim, self.total.num_images() + device.rows as u64)?;
        device.sums.add(rows)?;
        device.rows += count;
        if device.rows >= FLUSH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Moves the sums of later rows to the engine, if it supports sums and rows for a shift are
    /// known.
    fn move_to_device(&mut self) -> Result<(), EngineError> {
        if self.device.is_none() && self.total.num_images() > 0 {
            let shift: Vec<f32> = self.total.mean().iter().map(|&mean| mean as f32).collect();
            let sums = self.engine.moment_sums(&shift)?;
            self.device = sums.map(|sums| DeviceSums { shift, sums, rows: 0 });
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if let Some(device) = &mut self.device {
            device.merge_into(&mut self.total)?;
            device.sums.reset();
            device.rows = 0;
        }
        Ok(())
    }

    /// Number of rows so far.
    pub fn num_images(&self) -> u64 {
        self.total.num_images() + self.device.as_ref().map_or(0, |device| device.rows as u64)
    }

    /// A copy of the moments so far.
    ///
    /// # Errors
    ///
    /// [`SinkError::Engine`] if the device fails.
    pub fn moments(&self) -> Result<MomentAccumulator, SinkError> {
        let mut total = self.total.clone();
        if let Some(device) = &self.device {
            device.merge_into(&mut total)?;
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

impl DeviceSums {
    fn merge_into(&self, total: &mut MomentAccumulator) -> Result<(), SinkError> {
        if self.rows == 0 {
            return Ok(());
        }
        let (sum, gram) = self.sums.read()?;
        Ok(total.merge_shifted(&self.shift, self.rows as u64, &sum, &gram)?)
    }
}
