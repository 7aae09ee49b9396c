//! From features to mean and covariance, without keeping the features.

use burn::prelude::*;
use fid_core::MomentAccumulator;

use crate::KernelError;
use crate::ops::{FidOps, Ops};

mod arrival;
pub(crate) mod host;
pub(crate) mod kernel;
mod sink;

pub use arrival::{Arrived, Arriving};
pub use sink::FeatureSink;

/// Rows that are summed in f32 on the device before the sums are read and merged in `f64`.
///
/// Short enough that f32 rounding stays at 1e-7 of the covariance, long enough that reading
/// 16 MiB (at 2048 features) is rare.
const FLUSH_ROWS: usize = 1024;

/// Sums features and their products on the device, and merges the sums in `f64`.
///
/// The features are shifted by a fixed `shift`, near their mean, before they are multiplied:
/// otherwise the covariance is a small difference of large numbers. The order of summation is
/// that of the rows, so a run repeats to the bit.
#[derive(Debug)]
pub struct MomentReducer {
    shift: Vec<f32>,
    device_shift: Tensor<1>,
    total: MomentAccumulator,
    partial: Option<Partial>,
}

/// Sums on the device that have not been read yet.
#[derive(Debug)]
struct Partial {
    rows: usize,
    sum: Tensor<2>,
    gram: Tensor<2>,
}

impl MomentReducer {
    /// Starts from what `total` has seen already. `shift` has one value a feature.
    pub fn new(total: MomentAccumulator, shift: Vec<f32>, device: &Device) -> Self {
        let device_shift = Tensor::from_data(shift.as_slice(), device);
        Self { shift, device_shift, total, partial: None }
    }

    /// Adds `features`, `[n,d]` on the device of the reducer.
    ///
    /// # Errors
    ///
    /// [`KernelError::Width`] where `d` is another, [`KernelError::Device`] where the device fails.
    pub fn push(&mut self, features: Tensor<2>) -> Result<(), KernelError> {
        let [rows, dim] = features.dims();
        if dim != self.shift.len() {
            return Err(KernelError::Width { expected: self.shift.len(), got: dim });
        }
        let partial = self.partial.take().unwrap_or_else(|| Partial::zero(&self.device_shift));
        let centred = features.clone() - self.device_shift.clone().unsqueeze();
        let partial = self.partial.insert(Partial {
            rows: partial.rows + rows,
            sum: partial.sum + centred.sum_dim(0),
            gram: Tensor::from_dispatch(Ops::add_gram(
                features.into_dispatch(),
                self.device_shift.clone().into_dispatch(),
                partial.gram.into_dispatch(),
            )),
        });
        if partial.rows >= FLUSH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Reads the sums from the device.
    fn flush(&mut self) -> Result<(), KernelError> {
        let Some(Partial { rows, sum, gram }) = self.partial.take() else { return Ok(()) };
        let sum = read(sum)?;
        let gram = read(gram)?;
        self.total.merge_shifted(&self.shift, rows as u64, &sum, &gram)?;
        Ok(())
    }

    /// Everything that was added.
    ///
    /// # Errors
    ///
    /// [`KernelError::Device`] where the device fails.
    pub fn finish(mut self) -> Result<MomentAccumulator, KernelError> {
        self.flush()?;
        Ok(self.total)
    }
}

impl Partial {
    fn zero(shift: &Tensor<1>) -> Self {
        let [dim] = shift.dims();
        let device = shift.device();
        Self {
            rows: 0,
            sum: Tensor::zeros([1, dim], &device),
            gram: Tensor::zeros([dim, dim], &device),
        }
    }
}

/// Waits for a tensor's values.
fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, KernelError> {
    let data = tensor.try_into_data().map_err(KernelError::execution)?;
    let values = data.as_slice::<f32>().map_err(KernelError::device)?;
    Ok(values.iter().copied().map(f64::from).collect())
}
