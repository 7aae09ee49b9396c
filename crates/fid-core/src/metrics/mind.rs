//! MIND, the Monge Inception Distance (Berthet et al. 2026, arXiv:2605.06797): the squared
//! 2-Wasserstein distance of the features along random directions, times three times their
//! dimension.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, get_global_parallelism};
use serde::{Deserialize, Serialize};

use super::common::{both_counts, require_at_least};
use super::torch_random::TorchGenerator;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// Bytes of projections held at a time, both sides together, unless a single direction needs more.
const PROJECTION_BYTES: usize = 64 << 20;

/// Rows projected at a time.
const ROWS: usize = 512;

/// The directions of [`mind`]. The default is torch-fidelity's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MindConfig {
    /// Number of directions.
    pub projections: usize,
    /// Seed of [`TorchGenerator`].
    pub seed: u64,
}

impl Default for MindConfig {
    /// 1000 directions, seed 2020.
    fn default() -> Self {
        Self { projections: 1000, seed: 2020 }
    }
}

/// A Monge Inception Distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mind {
    /// `3·dim` times the mean over directions of the mean squared gap.
    pub value: f64,
    /// Images used per side; of the larger side a random subset.
    pub images: usize,
    /// The settings used.
    pub config: MindConfig,
}

/// MIND like torch-fidelity's main branch (`metric_mind.py` of commit 5e211a9): takes the first
/// images of a random permutation of the larger side, draws directions as rows of a normal matrix,
/// scaled to length 1, sorts both sides along each direction and averages the squared gaps.
///
/// The draws are PyTorch's, so values agree with those of torch-fidelity, which computes in f32.
/// Memory: 64 MiB of projections, or those on one direction if more, and the directions. Reads the
/// features once for each group of directions that fits.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Setting`]; [`Error::NotEnoughImages`] for an empty side;
/// [`Error::NotFinite`]; [`Error::TooManyImages`]; [`Error::Overflow`].
pub fn mind(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &MindConfig,
) -> Result<Mind, Error> {
    require_at_least("number of MIND's directions", config.projections, 1)?;
    let (n_real, n_fake) = both_counts("MIND", real, fake, 1)?;
    let n = n_real.min(n_fake);
    let dim = real.dim();
    let mut generator = TorchGenerator::new(config.seed);
    let mut part = |all: u32| -> Vec<u32> {
        if all == n { (0..n).collect() } else { generator.randperm(all)[..n as usize].to_vec() }
    };
    let of_fake = part(n_fake);
    let of_real = part(n_real);
    let mut directions = generator.randn(config.projections * dim);
    directions.chunks_exact_mut(dim).for_each(to_unit_length);
    let group = (PROJECTION_BYTES / (16 * n as usize)).clamp(1, config.projections);
    let mut sum = 0.0;
    for directions in directions.chunks(group * dim) {
        let directions = MatRef::from_column_major_slice(directions, dim, directions.len() / dim);
        let a = sorted_projections(real, "real features", &of_real, directions)?;
        let b = sorted_projections(fake, "fake features", &of_fake, directions)?;
        sum += a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    }
    let mean = sum / f64::from(n) / config.projections as f64;
    let value = 3.0 * dim as f64 * mean;
    if !value.is_finite() {
        return Err(Error::Overflow { what: "MIND" });
    }
    Ok(Mind { value, images: n as usize, config: config.clone() })
}

fn to_unit_length(direction: &mut [f64]) {
    let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
    direction.iter_mut().for_each(|value| *value /= length);
}

/// Projections of the chosen rows on each of `directions`, `[dim, directions]`: `[n, directions]`
/// column-major, each column sorted.
fn sorted_projections(
    rows: &dyn FeatureRows,
    what: &'static str,
    chosen: &[u32],
    directions: MatRef<'_, f64>,
) -> Result<Vec<f64>, Error> {
    let (dim, count) = directions.shape();
    let mut projections = vec![0.0; chosen.len() * count];
    let mut tile = vec![0.0; ROWS.min(chosen.len()) * dim];
    for (block, chosen_rows) in chosen.chunks(ROWS).enumerate() {
        for (&row, out) in chosen_rows.iter().zip(tile.chunks_exact_mut(dim)) {
            read_finite(rows, what, row as usize, out)?;
        }
        let n = chosen_rows.len();
        let tile = MatRef::from_column_major_slice(&tile[..n * dim], dim, n);
        let mut out = Mat::zeros(n, count);
        let par = get_global_parallelism();
        matmul(out.as_mut(), Accum::Replace, tile.transpose(), directions, 1.0, par);
        for (column, all) in out.col_iter().zip(projections.chunks_exact_mut(chosen.len())) {
            let all = &mut all[block * ROWS..][..n];
            column.iter().zip(all).for_each(|(&value, out)| *out = value);
        }
    }
    projections.chunks_exact_mut(chosen.len()).for_each(|column| {
        column.sort_unstable_by(f64::total_cmp);
    });
    Ok(projections)
}
