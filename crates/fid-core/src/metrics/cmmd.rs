//! CMMD (Jayasumana et al. 2024, arXiv:2401.09603): the squared maximum mean discrepancy of two sets
//! of embeddings of length 1 under a Gaussian kernel, by its biased estimator.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, get_global_parallelism};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::common::both_counts;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// Width of the Gaussian kernel in the original.
const SIGMA: f64 = 10.0;

/// Factor of the original's value.
const SCALE: f64 = 1000.0;

/// Rows of a tile: 8 MiB at 1024 dimensions, and 8 MiB of kernel values.
const TILE: usize = 1024;

/// A CMMD.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cmmd {
    /// 1000 times the squared discrepancy; 0 for equal sets, and never below but for rounding.
    pub value: f64,
}

/// CMMD as google-research's `cmmd/distance.py` and its port cmmd-pytorch define it, in f64:
/// `1000·(mean k(x,x') + mean k(y,y') − 2·mean k(x,y))` over all pairs, those of an image with itself
/// included, with `k(x,y) = exp(−|x − y|²/(2·10²))` of features scaled to length 1.
///
/// The name is for CLIP's ViT-L/14 at 336 pixels and the preset `cmmd`; features of another network
/// give another number. The original computes in f32, where kernel values near 1 leave an error of
/// about 1e-4 in the value, and drops the last images if they do not fill a batch; the port keeps
/// them, as this does.
///
/// Computes (n² + m²)/2 + nm products of d values. Memory: about 40 MiB at 1024 dimensions for any
/// number of features.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::NotEnoughImages`] for an empty side; [`Error::NotFinite`] with the
/// row; [`Error::ZeroFeatures`] for features that are all 0, which have no direction;
/// [`Error::TooManyImages`].
pub fn cmmd(real: &dyn FeatureRows, fake: &dyn FeatureRows) -> Result<Cmmd, Error> {
    let (n_real, n_fake) = both_counts("CMMD", real, fake, 1)?;
    let (m, n) = (f64::from(n_real), f64::from(n_fake));
    let (real, fake) = ((real, "real features"), (fake, "fake features"));
    // Every kernel value less 1: the ones cancel, and what is left keeps its digits.
    let own_real = sum(real, None)? / (m * m);
    let own_fake = sum(fake, None)? / (n * n);
    let mixed = sum(real, Some(fake))? / (m * n);
    Ok(Cmmd { value: SCALE * (own_real + own_fake - 2.0 * mixed) })
}

/// A set and its name in errors.
type Set<'a> = (&'a dyn FeatureRows, &'static str);

/// The sum of `k − 1` over all pairs of `x` with `y`, or with itself.
fn sum(x: Set<'_>, y: Option<Set<'_>>) -> Result<f64, Error> {
    let other = y.unwrap_or(x);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut values = Vec::new();
    let mut sum = 0.0;
    for i in (0..x.0.num_rows()).step_by(TILE) {
        read_directions(x, i, &mut left)?;
        let end = if y.is_some() { other.0.num_rows() } else { i + 1 };
        for j in (0..end).step_by(TILE) {
            read_directions(other, j, &mut right)?;
            let tile = sum_of_tile(&left, &right, x.0.dim(), &mut values);
            // Of a set with itself, every tile beside the diagonal stands for two.
            sum += if y.is_none() && j < i { 2.0 * tile } else { tile };
        }
    }
    Ok(sum)
}

/// The features from row `first` on, each scaled to length 1: `[rows, dim]`, at most [`TILE`] rows.
fn read_directions((rows, what): Set<'_>, first: usize, out: &mut Vec<f64>) -> Result<(), Error> {
    let last = rows.num_rows().min(first + TILE);
    out.resize((last - first) * rows.dim(), 0.0);
    for (row, out) in (first..last).zip(out.chunks_exact_mut(rows.dim())) {
        read_finite(rows, what, row, out)?;
        // By the largest first: squares of large values overflow, and those of small ones vanish.
        let largest = out.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if largest == 0.0 {
            return Err(Error::ZeroFeatures { what, row: row as u64 });
        }
        out.iter_mut().for_each(|value| *value /= largest);
        let length = out.iter().map(|value| value * value).sum::<f64>().sqrt();
        out.iter_mut().for_each(|value| *value /= length);
    }
    Ok(())
}

/// The sum of `k − 1` over all pairs of two tiles.
fn sum_of_tile(left: &[f64], right: &[f64], dim: usize, values: &mut Vec<f64>) -> f64 {
    let x = MatRef::from_column_major_slice(left, dim, left.len() / dim);
    let y = MatRef::from_column_major_slice(right, dim, right.len() / dim);
    let rows = x.ncols();
    values.resize(rows * y.ncols(), 0.0);
    let out = MatMut::from_column_major_slice_mut(values, rows, y.ncols());
    matmul(out, Accum::Replace, x.transpose(), y, 1.0, get_global_parallelism());
    // |x − y|² = 2 − 2·x·y for vectors of length 1.
    let less_one = |product: &f64| ((product - 1.0) / (SIGMA * SIGMA)).exp_m1();
    let columns = values.par_chunks_exact(rows).map(|column| column.iter().map(less_one).sum());
    // In order, so that the sum does not depend on the threads.
    columns.collect::<Vec<f64>>().iter().sum()
}
