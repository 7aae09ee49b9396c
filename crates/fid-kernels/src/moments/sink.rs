//! Where the features of one data set go.

use burn::prelude::*;
use fid_core::{FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator};

use super::{Arrived, Arriving, MomentReducer};
use crate::KernelError;

/// Takes the features of one data set, batch after batch, and gives its statistics.
///
/// The first [`MAX_RETAINED_ROWS`] rows go to the accumulator on the host, which keeps them: while
/// there are no more, the distance is exact from the rows. From the batch that is one too many on,
/// sums are reduced on the device around the mean of what was seen, and memory does not grow.
///
/// Each batch is read back one batch late ([`Arriving`]). On a GPU the copy is queued behind the
/// batch's own work while the next batch is being submitted, so reading costs no idle time; it bounds
/// how far the host runs ahead of the device, finds the image whose features are not numbers, and
/// keeps what the device failed to compute out of the sums.
#[derive(Debug)]
pub struct FeatureSink {
    dim: usize,
    max_on_host: usize,
    device: Device,
    finished: usize,
    pending: Option<Arriving>,
    state: State,
}

#[derive(Debug)]
enum State {
    Host(MomentAccumulator),
    Device(Box<MomentReducer>),
}

impl FeatureSink {
    /// A sink for `[n,dim]` features on `device`.
    ///
    /// # Errors
    ///
    /// [`KernelError::Statistics`] where `dim` is 0.
    pub fn new(dim: usize, device: &Device) -> Result<Self, KernelError> {
        Self::with_max_on_host(dim, device, MAX_RETAINED_ROWS)
    }

    /// A sink that gives at most the first `max_on_host` rows to the host, at least one.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_max_on_host(
        dim: usize,
        device: &Device,
        max_on_host: usize,
    ) -> Result<Self, KernelError> {
        Ok(Self {
            dim,
            max_on_host: max_on_host.max(1),
            device: device.clone(),
            finished: 0,
            pending: None,
            state: State::Host(MomentAccumulator::new(dim)?),
        })
    }

    /// Adds a batch of features, `[n,d]`, once the next one is there or the sink is finished.
    ///
    /// # Errors
    ///
    /// [`KernelError::Width`] where `d` is another; and of an *earlier* batch as [`Self::add`].
    pub fn push(&mut self, features: Tensor<2>) -> Result<(), KernelError> {
        let [_, dim] = features.dims();
        if dim != self.dim {
            return Err(KernelError::Width { expected: self.dim, got: dim });
        }
        let arriving = Arriving::start(features)?;
        match self.pending.replace(arriving) {
            Some(earlier) => self.add(earlier.wait()?),
            None => Ok(()),
        }
    }

    /// Adds a batch of features that have arrived. Nothing that failed on the device gets here, so
    /// a caller may try a failed batch again.
    ///
    /// # Errors
    ///
    /// [`KernelError::Width`] where the width is another, [`KernelError::Device`] or
    /// [`KernelError::Lost`] where the device fails, [`KernelError::Statistics`] where a feature is
    /// not a number; its row is counted over all batches.
    pub fn add(&mut self, batch: Arrived) -> Result<(), KernelError> {
        let Arrived { features, data } = batch;
        let [count, dim] = features.dims();
        if dim != self.dim {
            return Err(KernelError::Width { expected: self.dim, got: dim });
        }
        if self.finished + count > self.max_on_host {
            self.move_to_device()?;
        }
        let rows = data.as_slice::<f32>().map_err(KernelError::device)?;
        match &mut self.state {
            State::Host(total) => total.update(rows)?,
            State::Device(reducer) => {
                fid_core::check_features(rows, self.dim, self.finished as u64)?;
                reducer.push(features)?;
            }
        }
        self.finished += count;
        Ok(())
    }

    /// From here on, sums are reduced on the device; unless nothing was seen to shift them by.
    fn move_to_device(&mut self) -> Result<(), KernelError> {
        if let State::Host(total) = &mut self.state
            && total.num_images() > 0
        {
            let total = std::mem::replace(total, MomentAccumulator::new(self.dim)?);
            let shift = total.mean().iter().map(|&mean| mean as f32).collect();
            let reducer = MomentReducer::new(total, shift, &self.device);
            self.state = State::Device(Box::new(reducer));
        }
        Ok(())
    }

    /// Number of images whose features have arrived.
    pub fn num_finished(&self) -> usize {
        self.finished
    }

    /// The statistics of everything that was added.
    ///
    /// # Errors
    ///
    /// As [`Self::push`], and [`KernelError::Statistics`] for fewer than two images.
    pub fn finish(mut self) -> Result<FeatureStats, KernelError> {
        if let Some(last) = self.pending.take() {
            self.add(last.wait()?)?;
        }
        let total = match self.state {
            State::Host(total) => total,
            State::Device(reducer) => reducer.finish()?,
        };
        Ok(total.finish()?)
    }
}
