//! Sums of features and of their products on the GPU.

use burn::prelude::*;
use fid_core::{EngineError, MomentSums};

use crate::device::GpuDevice;
use crate::error::guard;
use crate::ops::{FidOps, Ops};
use crate::read::read;

/// [`MomentSums`] on a GPU. Sums are f32 in the order of the rows, so results repeat to the bit.
#[derive(Debug)]
pub struct WgpuSums {
    shift: Tensor<1>,
    sum: Tensor<2>,
    gram: Tensor<2>,
}

impl WgpuSums {
    /// Zero sums around `shift`, `[dim]`.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails.
    pub fn new(shift: &[f32], device: &GpuDevice) -> Result<Self, EngineError> {
        let device = device.burn();
        guard(device, || {
            let shift: Tensor<1> = Tensor::from_data(shift, device);
            let [sum, gram] = zeros(&shift);
            Ok(Self { shift, sum, gram })
        })
    }
}

fn zeros(shift: &Tensor<1>) -> [Tensor<2>; 2] {
    let ([dim], device) = (shift.dims(), shift.device());
    [[1, dim], [dim, dim]].map(|shape| Tensor::zeros(shape, &device))
}

impl MomentSums for WgpuSums {
    fn add(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        let ([dim], device) = (self.shift.dims(), self.shift.device());
        let (sum, gram) = guard(&device, || {
            let data = TensorData::new(rows.to_vec(), [rows.len() / dim, dim]);
            let features: Tensor<2> = Tensor::from_data(data, &device);
            let centred = features.clone() - self.shift.clone().unsqueeze();
            let gram = Ops::add_gram(
                features.into_dispatch(),
                self.shift.clone().into_dispatch(),
                self.gram.clone().into_dispatch(),
            );
            Ok((self.sum.clone() + centred.sum_dim(0), Tensor::from_dispatch(gram)))
        })?;
        (self.sum, self.gram) = (sum, gram);
        Ok(())
    }

    fn read(&self) -> Result<(Vec<f64>, Vec<f64>), EngineError> {
        let device = self.shift.device();
        let [sum, gram] =
            guard(&device, || Ok([read(self.sum.clone())?, read(self.gram.clone())?]))?
                .map(|values| values.into_iter().map(f64::from).collect());
        Ok((sum, gram))
    }

    fn reset(&mut self) {
        [self.sum, self.gram] = zeros(&self.shift);
    }
}
