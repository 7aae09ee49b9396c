//! Checks that the metrics share, and the mean of their estimates.

use crate::error::Error;
use crate::features::FeatureRows;

pub(super) fn require_same_dim(a: &dyn FeatureRows, b: &dyn FeatureRows) -> Result<(), Error> {
    let a = a.dim();
    let b = b.dim();
    if a == b { Ok(()) } else { Err(Error::DimMismatch { a, b }) }
}

/// The number of rows of both sides.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::NotEnoughImages`] of `metric` if a side has fewer than `needed`
/// rows; [`Error::TooManyImages`].
pub(super) fn both_counts(
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

/// The number of rows as the random generators count them.
///
/// # Errors
/// [`Error::TooManyImages`].
pub(super) fn rows_u32(rows: &dyn FeatureRows) -> Result<u32, Error> {
    let num_rows = rows.num_rows();
    u32::try_from(num_rows).map_err(|_| Error::TooManyImages { num_images: num_rows as u64 })
}

/// Mean of the values, and the sum of their squared deviations from it.
pub(super) fn mean_and_square(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
}

pub(super) fn require_at_least(
    name: &'static str,
    value: usize,
    least: usize,
) -> Result<(), Error> {
    if value >= least { Ok(()) } else { Err(Error::Setting { name, value, least }) }
}
