//! f64 linear algebra over faer: products of matrices, Cholesky factors, singular values and
//! eigenvalues.

mod factor;
mod matrix;
mod parallel;
pub(crate) mod spectrum;
pub(crate) mod tiles;

pub(crate) use factor::{Factor, cholesky, extreme_eigenvalues, half_factor, pivoted_factor};
pub(crate) use matrix::{
    add_outer_lower, centered, eigenvalues, lower_product, mirror_lower, nuclear_norm,
    require_finite, root_trace,
};
