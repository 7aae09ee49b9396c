//! The metrics that are read beside FID, in plain f64, each with the conventions of the program that
//! made it known.
//!
//! They read features through [`FeatureRows`], so that nothing here knows whether they are in memory
//! or in a file.

mod fid_infinity;
mod inception_score;
mod influence;
mod interval;
mod kernel_sums;
mod kid;
mod kid_blocks;
mod kid_interval;
mod mifid;
mod mind;
mod mt19937;
mod neighbours;
mod numpy_random;
mod prdc;
mod principal;
mod products;
mod tiles;
mod torch_random;

pub use fid_infinity::{FidInfinity, FidInfinityConfig, FidPoint, fid_infinity};
pub use inception_score::{
    InceptionScore, InceptionScoreConfig, InceptionScoreVariant, inception_score,
};
pub use influence::{FidInfluence, FidSide, Outlier, fid_influence, nearest_real, outliers};
pub use interval::{Interval, IntervalConfig, IntervalMethod, fid_interval};
pub use kid::{Kid, KidConfig, PolynomialKernel, kid, mmd2_unbiased};
pub use kid_blocks::{KidBlocks, KidBlocksConfig, kid_blocks};
pub use kid_interval::kid_interval;
pub use mifid::{Mifid, MifidConfig, mifid, mifid_by};
pub use mind::{Mind, MindConfig, mind};
pub use neighbours::{Neighbour, nearest_neighbours, neighbour_distances};
pub use numpy_random::RandomState;
pub use prdc::{Boundary, Prdc, PrdcConfig, prdc, prdc_by};
pub use principal::{PrincipalPlane, principal_plane};
pub use products::{CheckedProducts, CpuProducts, TileProducts};
pub use torch_random::TorchGenerator;

#[cfg(test)]
mod tests;

use crate::{Error, FeatureRows};

/// Reads row `row` to `out` and checks that it is of numbers. `what` is what the error calls the set.
fn read_finite(
    rows: &dyn FeatureRows,
    what: &'static str,
    row: usize,
    out: &mut [f64],
) -> Result<(), Error> {
    rows.read_row(row, out);
    match out.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(column) => Err(Error::NotFinite { what, row: row as u64, column, value: out[column] }),
    }
}

fn require_same_dim(a: &dyn FeatureRows, b: &dyn FeatureRows) -> Result<(), Error> {
    match (a.dim(), b.dim()) {
        (a, b) if a == b => Ok(()),
        (a, b) => Err(Error::DimMismatch { a, b }),
    }
}

/// The number of rows of both sides, which must have one dimension, each at least `needed`.
fn both_counts(
    metric: &'static str,
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    needed: usize,
) -> Result<(u32, u32), Error> {
    require_same_dim(real, fake)?;
    for (side, available) in [("real", real.num_rows()), ("fake", fake.num_rows())] {
        if available < needed {
            return Err(Error::NotEnoughImages { metric, side, needed, available });
        }
    }
    Ok((rows_u32(real)?, rows_u32(fake)?))
}

/// The number of rows, as the generators count them.
fn rows_u32(rows: &dyn FeatureRows) -> Result<u32, Error> {
    let num_rows = rows.num_rows();
    u32::try_from(num_rows).map_err(|_| Error::TooManyImages { num_images: num_rows as u64 })
}

/// Mean of the values, and the sum of their squared distances from it.
fn mean_and_square(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
}

fn require_at_least(name: &'static str, value: usize, least: usize) -> Result<(), Error> {
    if value >= least { Ok(()) } else { Err(Error::Setting { name, value, least }) }
}
