//! The kernel of KID.

use serde::{Deserialize, Serialize};

/// The kernel `(gamma·x·y + coef0)^degree`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PolynomialKernel {
    /// The exponent.
    pub degree: u8,
    /// Factor of the inner product; `None` is 1/dimension.
    pub gamma: Option<f64>,
    /// Added to the product.
    pub coef0: f64,
}

impl Default for PolynomialKernel {
    /// `(x·y/d + 1)³`, the kernel of the paper and of every program.
    fn default() -> Self {
        Self { degree: 3, gamma: None, coef0: 1.0 }
    }
}

impl PolynomialKernel {
    /// Replaces inner products of vectors of `dim` values by kernel values.
    pub(super) fn apply(&self, products: &mut [f64], dim: usize) {
        let gamma = self.gamma.unwrap_or(1.0 / dim as f64);
        for value in products {
            let base = gamma * *value + self.coef0;
            *value =
                if self.degree == 3 { base * base * base } else { base.powi(self.degree.into()) };
        }
    }
}
