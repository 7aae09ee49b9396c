//! MiFID, the memorisation-informed FID (Bai et al. 2021): FID divided by the mean distance of
//! features to their nearest neighbour in the other set, if that is so small that images must have
//! been copied.

use serde::{Deserialize, Serialize};

use super::common::require_same_dim;
use super::distances::{Frame, Tiled, for_each_block};
use super::neighbours::Search;
use super::products::{CpuProducts, TileProducts};
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// FID at or below which torchmetrics returns 0.
const SMALLEST_FID: f64 = 1e-8;

/// torchmetrics adds this to the distance before it divides.
const DISTANCE_EPSILON: f64 = 10e-15;

/// The penalty of [`mifid`]. The default is torchmetrics'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MifidConfig {
    /// From this mean distance on, images do not count as copied, and the penalty is 1.
    pub cosine_distance_eps: f64,
}

impl Default for MifidConfig {
    /// A limit of 0.1.
    fn default() -> Self {
        Self { cosine_distance_eps: 0.1 }
    }
}

/// A memorisation-informed FID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mifid {
    /// `fid / penalty`; 0 if FID is at most 1e-8.
    pub value: f64,
    /// The given FID.
    pub fid: f64,
    /// Mean over the real features of the distance `1 − |cos|` to the nearest fake one.
    pub cosine_distance: f64,
    /// `cosine_distance` if it is below the limit, otherwise 1.
    pub penalty: f64,
    /// The settings used.
    pub config: MifidConfig,
}

/// MiFID like torchmetrics 1.9, from the FID of the two sets, which the caller computes. Distances
/// go from each *real* feature to the nearest fake one, so swapped sides give another value.
/// (Kaggle's script of the competition that introduced MiFID goes from each generated feature: swap
/// the sides for that.) Rows that sum to 0 are dropped.
///
/// Products in f32, with a bound on their error, find the candidates for the nearest feature, which
/// are then compared in f64. So the value is the same on every device ([`mifid_by`]). A distance
/// that rounding makes negative counts as 0.
///
/// Memory: three tiles of 1024 rows, a block of products, and about 30 candidates per real row. The
/// cost grows with the product of the numbers of rows.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::NotEnoughImages`] if all rows of a side sum to 0;
/// [`Error::NotFinite`] in `fid` or a feature; [`Error::Overflow`].
pub fn mifid(
    fid: f64,
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &MifidConfig,
) -> Result<Mifid, Error> {
    mifid_by(fid, real, fake, config, &mut CpuProducts::default())
}

/// [`mifid`] with products computed by `products`. The value is the same.
///
/// # Errors
/// Those of [`mifid`] and of `products`.
pub fn mifid_by(
    fid: f64,
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &MifidConfig,
    products: &mut dyn TileProducts,
) -> Result<Mifid, Error> {
    require_same_dim(real, fake)?;
    if !fid.is_finite() {
        return Err(Error::NotFinite { what: "FID", row: 0, column: 0, value: fid });
    }
    let cosine_distance = mean_nearest(real, fake, products)?;
    let copied = cosine_distance < config.cosine_distance_eps;
    let penalty = if copied { cosine_distance } else { 1.0 };
    let value = if fid > SMALLEST_FID { fid / (penalty + DISTANCE_EPSILON) } else { 0.0 };
    Ok(Mifid { value, fid, cosine_distance, penalty, config: config.clone() })
}

/// The mean distance `1 − |cos|` from the real rows to their nearest fake row.
fn mean_nearest(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    products: &mut dyn TileProducts,
) -> Result<f64, Error> {
    let real = UnitRows::new(real, "real features")?;
    let fake = UnitRows::new(fake, "fake features")?;
    for (side, rows) in [("real", &real), ("fake", &fake)] {
        if rows.num_rows() == 0 {
            let metric = "MiFID, without rows that sum to 0,";
            return Err(Error::NotEnoughImages { metric, side, needed: 1, available: 0 });
        }
    }
    let frame = Frame::identity(real.dim());
    let mut a = vec![0.0; real.dim()];
    let mut b = vec![0.0; real.dim()];
    // The squared distance of unit vectors is 2 − 2 cos.
    let exact = |i, j| {
        real.read_row(i, &mut a);
        fake.read_row(j, &mut b);
        let cosine = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>();
        (2.0 - 2.0 * cosine.abs()).max(0.0)
    };
    let mut search = Search::new(real.num_rows(), 1, 1.0, exact);
    let tiled_real = Tiled::new(&real, &frame);
    let tiled_fake = Tiled::new(&fake, &frame);
    for_each_block(&tiled_real, &tiled_fake, false, products, |block, bounds| {
        block.pairs(false, |i, j, norms, product| {
            let lower = bounds.lower(norms, product.abs());
            if search.takes(i, lower) {
                search.offer(i, j, lower, bounds.upper(norms, product.abs()));
            }
        });
    })?;
    let count = real.num_rows();
    Ok((0..count).map(|row| search.radius(row) / 2.0).sum::<f64>() / count as f64)
}

/// The rows that do not sum to 0, scaled to length 1.
struct UnitRows<'a> {
    rows: &'a dyn FeatureRows,
    /// Their row numbers and lengths.
    kept: Vec<(usize, f64)>,
}

impl<'a> UnitRows<'a> {
    fn new(rows: &'a dyn FeatureRows, what: &'static str) -> Result<Self, Error> {
        let mut kept = Vec::new();
        let mut row = vec![0.0; rows.dim()];
        for at in 0..rows.num_rows() {
            read_finite(rows, what, at, &mut row)?;
            if row.iter().sum::<f64>() != 0.0 {
                let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
                if !length.is_normal() {
                    return Err(Error::Overflow { what: "length of a feature vector" });
                }
                kept.push((at, length));
            }
        }
        Ok(Self { rows, kept })
    }
}

impl FeatureRows for UnitRows<'_> {
    fn num_rows(&self) -> usize {
        self.kept.len()
    }

    fn dim(&self) -> usize {
        self.rows.dim()
    }

    fn read_row(&self, row: usize, out: &mut [f64]) {
        let (row, length) = self.kept[row];
        self.rows.read_row(row, out);
        out.iter_mut().for_each(|value| *value /= length);
    }
}
