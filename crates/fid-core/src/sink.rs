//! From rows of features to mean and covariance, with the sums of an engine.

use std::sync::Arc;

use crate::engine::{Engine, EngineError, MomentSums};
use crate::{Error, FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator, check_features};

/// Rows that a device sums in f32 before the sums are read and merged in `f64`.
///
/// Short enough that f32 rounding stays at 1e-7 of the covariance, long enough that reading
/// 16 MiB (at 2048 features) is rare.
const FLUSH_ROWS: usize = 1024;

/// Takes the features of one data set, batch after batch, and gives its statistics.
///
/// The first [`MAX_RETAINED_ROWS`] rows stay on the host: while there are no more, the distance is
/// exact from the rows. From the batch that exceeds them on, the engine sums around the mean of what
/// was seen, and memory does not grow.
#[derive(Debug)]
pub struct FeatureSink {
    dim: usize,
    max_on_host: usize,
    engine: Arc<dyn Engine>,
    /// What is merged in f64.
    total: MomentAccumulator,
    device: Option<DeviceSums>,
}

/// Sums on the device that are not in the total yet.
#[derive(Debug)]
struct DeviceSums {
    shift: Vec<f32>,
    sums: Box<dyn MomentSums>,
    rows: usize,
}

/// Why rows could not be added or summed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The rows are not a basis for statistics: one is not a number, or there are too few.
    #[error(transparent)]
    Statistics(#[from] Error),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl FeatureSink {
    /// A sink for rows of `dim` values.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`].
    pub fn new(dim: usize, engine: Arc<dyn Engine>) -> Result<Self, Error> {
        Self::with_max_on_host(dim, engine, MAX_RETAINED_ROWS)
    }

    /// A sink that keeps at most the first `max_on_host` rows on the host, at least one.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`].
    pub fn with_max_on_host(
        dim: usize,
        engine: Arc<dyn Engine>,
        max_on_host: usize,
    ) -> Result<Self, Error> {
        let total = MomentAccumulator::new(dim)?;
        Ok(Self { dim, max_on_host: max_on_host.max(1), engine, total, device: None })
    }

    /// Adds `rows`, `[n,dim]` row major. After [`SinkError::Statistics`] the sink is as it was.
    ///
    /// # Errors
    ///
    /// [`SinkError::Statistics`] if a feature is not a number (its row is counted over all batches)
    /// or `rows` is not a whole number of rows; [`SinkError::Engine`] if the device fails.
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

    /// From here on the engine sums, unless no row was seen that gives a shift, or the engine has no
    /// sums of its own.
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

    /// Everything so far. The sink goes on as if this had not been called.
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

    /// The statistics of everything so far. The sink goes on as if this had not been called.
    ///
    /// # Errors
    ///
    /// As [`Self::moments`], and [`Error::TooFewImages`] for fewer than two rows.
    pub fn statistics(&self) -> Result<FeatureStats, SinkError> {
        Ok(self.moments()?.finish()?)
    }

    /// The statistics of everything. Cheaper than [`Self::statistics`], and the same to the bit.
    ///
    /// # Errors
    ///
    /// As [`Self::statistics`].
    pub fn into_statistics(mut self) -> Result<FeatureStats, SinkError> {
        self.flush()?;
        Ok(self.total.finish()?)
    }

    /// Adds everything another sink has seen, as if its rows came after this one's.
    ///
    /// # Errors
    ///
    /// [`Error::DimMismatch`], or [`SinkError::Engine`] if a device fails.
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
