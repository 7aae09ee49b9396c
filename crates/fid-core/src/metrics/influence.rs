//! How much each image moves the FID: its first-order influence function.
//!
//! With `FID = |μr − μf|² + tr Σr + tr Σf − 2 tr √(ΣrΣf)` let mass ε move from the whole generated
//! set to one of its images `x`, and let `c = x − μf`. Then `dμf = εc`, and `dΣf = ε(w·ccᵀ − Σf)`
//! with `w = N/(N − 1)`, for a covariance with the divisor N − 1. From `d tr √(ΣrΣf) = ½ tr(T·dΣf)`
//! with the optimal-transport map `T` from the generated Gaussian to the real one (`T·Σf·T = Σr`),
//!
//! `IF(x) = −2(μr − μf)·c + w(|c|² − cᵀTc) − (tr Σf − tr √(ΣrΣf))`.
//!
//! With factors `Σ = FFᵀ` and the singular value decomposition `FrᵀFf = U·S·Vᵀ` of the distance,
//! `T = AᵀA` where `A = S^(−½)·Uᵀ·Frᵀ`. Without the singular values that are only rounding, this is
//! the derivative for the images of the set itself even if covariances are singular. For the real
//! side, exchange the roles.

use std::borrow::Cow;

use faer::{Mat, MatRef};

use super::neighbours::{Neighbour, nearest_neighbours};
use crate::error::Error;
use crate::features::FeatureRows;
use crate::frechet::covariance_factor;
use crate::linalg::require_finite;
use crate::stats::{FeatureStats, MomentAccumulator};

/// Rows read and multiplied at a time.
const BLOCK: usize = 256;

/// One side of a distance.
#[derive(Clone, Copy)]
pub enum FidSide<'a> {
    /// A sample whose images get influences.
    Rows(&'a dyn FeatureRows),
    /// [`Self::Rows`] with mean and covariance of these rows, which saves a pass over them.
    Known(&'a dyn FeatureRows, &'a FeatureStats),
    /// Statistics without images, taken as fixed.
    Stats(&'a FeatureStats),
}

/// The influence of every image on the FID.
///
/// Influences are in units of FID and sum to 0 over a set. To first order, removing an image from
/// its set of N changes the FID by `−IF/(N − 1)`. An image of positive influence raises the FID,
/// one of negative influence lowers it.
///
/// The first order is inaccurate if one image is a large share of its set. Removal also changes the
/// FID by about its bias over N, the same for all images. For N near d or below, removing an image
/// removes a direction of the covariance, which is not a small step: the influences then rank
/// images and predict differences between removals within some percent in the measurements of
/// docs/PRECISION.md, but may be off by a factor of two if no two images have anything in common.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FidInfluence {
    /// The FID of the two sets.
    pub fid: f64,
    /// Influence of each real image, in order; `None` for [`FidSide::Stats`].
    pub real: Option<Vec<f64>>,
    /// Influence of each generated image, in order; `None` for [`FidSide::Stats`].
    pub fake: Option<Vec<f64>>,
}

/// An image of large influence on the FID.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Outlier {
    /// Row in its set, from 0.
    pub row: usize,
    /// Its influence, see [`FidInfluence`], with its sign.
    pub influence: f64,
}

/// The influence of every image of the sides that have images. Rounds features to f32, like the FID
/// itself.
///
/// Computes one singular value decomposition with vectors, of d × d or of the numbers of images if
/// they are smaller, and for each image a product with a matrix of up to d × d. Memory: some d × d
/// matrices in f64.
///
/// # Errors
/// Those of [`frechet_distance`](crate::frechet_distance) and [`MomentAccumulator::update`];
/// [`Error::DimMismatch`] also if the statistics of a side have another dimension than its rows.
pub fn fid_influence(real: FidSide<'_>, fake: FidSide<'_>) -> Result<FidInfluence, Error> {
    let stats_real = real.stats()?;
    let stats_fake = fake.stats()?;
    let stats_real = &*stats_real;
    let stats_fake = &*stats_fake;
    if stats_real.dim() != stats_fake.dim() {
        return Err(Error::DimMismatch { a: stats_real.dim(), b: stats_fake.dim() });
    }
    let factor_real = covariance_factor(stats_real)?;
    let factor_fake = covariance_factor(stats_fake)?;
    let product = factor_real.transpose() * &factor_fake;
    require_finite(product.as_ref())?;
    let (rows, columns) = product.shape();
    let decomposition = "singular value decomposition";
    let svd =
        product.thin_svd().map_err(|_| Error::NoConvergence { decomposition, rows, columns })?;
    let values: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let cross_trace: f64 = values.iter().sum();
    let cut = rows.max(columns) as f64 * f64::EPSILON * values.first().copied().unwrap_or(0.0);
    let rank = values.iter().take_while(|&&value| value > cut).count();
    let root = |vectors: MatRef<'_, f64>, factor: &Mat<f64>| {
        let scaled = Mat::from_fn(vectors.nrows(), rank, |i, j| vectors[(i, j)] / values[j].sqrt());
        scaled.transpose() * factor.transpose()
    };
    let of = |side: FidSide<'_>, own, other, vectors, factor: &Mat<f64>| {
        let rows = side.rows()?;
        Some(influences(rows, own, other, root(vectors, factor).as_ref(), cross_trace))
    };
    let influence_real = of(real, stats_real, stats_fake, svd.V(), &factor_fake);
    let influence_fake = of(fake, stats_fake, stats_real, svd.U(), &factor_real);
    let mean_term: f64 =
        stats_real.mu().iter().zip(stats_fake.mu()).map(|(a, b)| (a - b).powi(2)).sum();
    let fid = mean_term + (stats_real.trace() + stats_fake.trace() - 2.0 * cross_trace);
    if !fid.is_finite() {
        return Err(Error::Overflow { what: "distance" });
    }
    Ok(FidInfluence { fid, real: influence_real, fake: influence_fake })
}

impl<'a> FidSide<'a> {
    fn rows(self) -> Option<&'a dyn FeatureRows> {
        match self {
            Self::Rows(rows) | Self::Known(rows, _) => Some(rows),
            Self::Stats(_) => None,
        }
    }

    fn stats(self) -> Result<Cow<'a, FeatureStats>, Error> {
        match self {
            Self::Rows(rows) => stats_of(rows).map(Cow::Owned),
            Self::Known(rows, stats) if rows.dim() != stats.dim() => {
                Err(Error::DimMismatch { a: rows.dim(), b: stats.dim() })
            }
            Self::Known(_, stats) | Self::Stats(stats) => Ok(Cow::Borrowed(stats)),
        }
    }
}

/// The `count` images of largest absolute influence, largest first.
pub fn outliers(influences: &[f64], count: usize) -> Vec<Outlier> {
    let outlier = |(row, &influence)| Outlier { row, influence };
    let mut all: Vec<_> = influences.iter().enumerate().map(outlier).collect();
    all.sort_by(|a, b| b.influence.abs().total_cmp(&a.influence.abs()));
    all.truncate(count);
    all
}

/// The nearest real image of each of `outliers`, which are rows of `fake`.
///
/// # Errors
/// Those of [`nearest_neighbours`].
pub fn nearest_real(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    outliers: &[Outlier],
) -> Result<Vec<Neighbour>, Error> {
    let rows: Vec<_> = outliers.iter().map(|outlier| outlier.row).collect();
    nearest_neighbours(real, fake, &rows)
}

/// The influence of each of `rows` on a distance between `own` and `other`. `root` is `A`,
/// `[rank, dim]`.
fn influences(
    rows: &dyn FeatureRows,
    own: &FeatureStats,
    other: &FeatureStats,
    root: MatRef<'_, f64>,
    cross_trace: f64,
) -> Vec<f64> {
    let n = rows.num_rows();
    let dim = rows.dim();
    let weight = n as f64 / (n as f64 - 1.0);
    let gap: Vec<f64> = own.mu().iter().zip(other.mu()).map(|(own, other)| own - other).collect();
    let mut out = Vec::with_capacity(n);
    for start in (0..n).step_by(BLOCK) {
        let mut block = Mat::<f64>::zeros(dim, BLOCK.min(n - start));
        read_f32(rows, start, block.ncols(), |index, row| {
            let column = block.as_mut().col_mut(index);
            for ((&x, mean), out) in row.iter().zip(own.mu()).zip(column.iter_mut()) {
                *out = f64::from(x) - mean;
            }
        });
        let moved = root * &block;
        for (column, moved) in block.col_iter().zip(moved.col_iter()) {
            let along: f64 = column.iter().zip(&gap).map(|(c, gap)| c * gap).sum();
            let spread = column.squared_norm_l2() - moved.squared_norm_l2();
            out.push(2.0 * along + weight * spread - (own.trace() - cross_trace));
        }
    }
    out
}

/// Mean and covariance of `rows`, rounded to f32.
fn stats_of(rows: &dyn FeatureRows) -> Result<FeatureStats, Error> {
    let n = rows.num_rows();
    let dim = rows.dim();
    let mut moments = MomentAccumulator::new(dim)?;
    let mut block = Vec::with_capacity(BLOCK * dim);
    for start in (0..n).step_by(BLOCK) {
        block.clear();
        read_f32(rows, start, BLOCK.min(n - start), |_, row| block.extend_from_slice(row));
        moments.update(&block)?;
    }
    moments.finish()
}

/// Calls `visit` with the index and the f32 values of `len` rows from `start` on.
fn read_f32(
    rows: &dyn FeatureRows,
    start: usize,
    len: usize,
    mut visit: impl FnMut(usize, &[f32]),
) {
    let mut row = vec![0.0; rows.dim()];
    let mut rounded = vec![0f32; rows.dim()];
    for index in 0..len {
        rows.read_row(start + index, &mut row);
        rounded.iter_mut().zip(&row).for_each(|(out, &x)| *out = x as f32);
        visit(index, &rounded);
    }
}
