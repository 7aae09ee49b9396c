//! Sums of features and of their products on the CPU.

use fid_core::{EngineError, MomentSums};

use crate::product::{Matrix, multiply};

/// [`MomentSums`] on the CPU, in f32.
#[derive(Debug, Clone)]
pub struct CpuSums {
    shift: Vec<f32>,
    sum: Vec<f32>,
    gram: Vec<f32>,
}

impl CpuSums {
    /// Zero sums around `shift`, `[dim]`.
    pub fn new(shift: &[f32]) -> Self {
        let dim = shift.len();
        Self { shift: shift.to_vec(), sum: vec![0.0; dim], gram: vec![0.0; dim * dim] }
    }
}

impl MomentSums for CpuSums {
    fn add(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        let dim = self.shift.len();
        let mut centred = rows.to_vec();
        let mut sum = vec![0f32; dim];
        for row in centred.chunks_exact_mut(dim) {
            for ((value, shift), sum) in row.iter_mut().zip(&self.shift).zip(&mut sum) {
                *value -= shift;
                *sum += *value;
            }
        }
        let centred = Matrix::row_major(&centred, dim);
        let gram = multiply(centred.transposed(), centred);
        for (total, new) in [(&mut self.sum, sum), (&mut self.gram, gram)] {
            total.iter_mut().zip(new).for_each(|(total, new)| *total += new);
        }
        Ok(())
    }

    fn read(&self) -> Result<(Vec<f64>, Vec<f64>), EngineError> {
        let widen = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        Ok((widen(&self.sum), widen(&self.gram)))
    }

    fn reset(&mut self) {
        self.sum.fill(0.0);
        self.gram.fill(0.0);
    }
}
