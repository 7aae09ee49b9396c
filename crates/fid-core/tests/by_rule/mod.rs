//! Features computed by the same rule as in `scripts/fixtures/neighbours.py`.

use fid_core::FeatureSlice;
use serde_json::Value;

use super::common::{rows, signed};

const HIDDEN: usize = 6;

/// Rows near a surface of few dimensions; half of their values are 0. Every step is exact in f64.
fn features(name: &str, n: usize, dim: usize, spread: f64, shift: f64) -> Vec<f32> {
    let weights = signed("neighbours.weights");
    let weights: Vec<f64> = (0..HIDDEN * dim).map(|at| (4.0 * weights(at)).floor()).collect();
    let hidden: Vec<f64> = (0..n * HIDDEN).map(signed(&format!("{name}.hidden"))).collect();
    let noise = signed(&format!("{name}.noise"));
    let value = |at: usize| {
        let (row, column) = (at / dim, at % dim);
        let common: f64 = (0..HIDDEN)
            .map(|k| (hidden[row * HIDDEN + k] * spread + shift) * weights[k * dim + column])
            .sum();
        (common + 0.5 * noise(at)).max(0.0) as f32
    };
    (0..n * dim).map(value).collect()
}

/// Real and generated features of a fixture's case.
pub(crate) struct Case {
    pub(crate) real: Vec<f32>,
    pub(crate) fake: Vec<f32>,
    pub(crate) dim: usize,
}

impl Case {
    pub(crate) fn of(fixture: &Value, name: &str) -> Self {
        let size = |key: &str| fixture["cases"][name][key].as_u64().unwrap() as usize;
        let (dim, copies) = (size("dim"), size("copies"));
        let real = features(&format!("{name}.real"), size("real"), dim, 1.0, 0.0);
        let mut fake = features(&format!("{name}.fake"), size("fake"), dim, 0.875, 0.375);
        fake[..copies * dim].copy_from_slice(&real[..copies * dim]);
        Self { real, fake, dim }
    }

    pub(crate) fn real(&self) -> FeatureSlice<'_, f32> {
        rows(&self.real, self.dim)
    }

    pub(crate) fn fake(&self) -> FeatureSlice<'_, f32> {
        rows(&self.fake, self.dim)
    }
}
