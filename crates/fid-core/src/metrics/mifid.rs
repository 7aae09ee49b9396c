//! MiFID, the memorisation-informed FID (Bai et al. 2021): FID divided by how far the sets' features
//! are from each other's nearest, where that is so little that images must have been copied.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, get_global_parallelism};
use serde::Serialize;

use super::{read_finite, require_same_dim};
use crate::{Error, FeatureRows};

/// Rows of a tile.
const TILE: usize = 1024;

/// FID below which torchmetrics gives 0.
const SMALLEST_FID: f64 = 1e-8;

/// What torchmetrics adds to the distance before it divides.
const DISTANCE_EPSILON: f64 = 10e-15;

/// The penalty of [`mifid`]. The default is torchmetrics'.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MifidConfig {
    /// Mean distances of this and more are no sign of copies, and the penalty is 1.
    pub cosine_distance_eps: f64,
}

impl Default for MifidConfig {
    /// 0.1.
    fn default() -> Self {
        Self { cosine_distance_eps: 0.1 }
    }
}

/// A memorisation-informed FID.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mifid {
    /// `fid / penalty`; 0 where FID is below 1e-8.
    pub value: f64,
    /// The FID it is made from.
    pub fid: f64,
    /// The mean over real features of the distance `1 − |cos|` to the nearest fake one.
    pub cosine_distance: f64,
    /// What FID is divided by: the distance if it is below the limit, otherwise 1.
    pub penalty: f64,
    /// As asked for.
    pub config: MifidConfig,
}

/// MiFID as torchmetrics 1.9 has it, from the FID of the two sets, which the caller knows. The
/// distance is from each *real* feature to the nearest fake one, so the sides are not alike.
/// (Kaggle's script for the competition that MiFID is from goes from each generated one: swap the
/// sides for that.) Rows that sum to 0 are left out.
///
/// Memory: two tiles of 1024 rows and their products. The cost grows with the product of the numbers
/// of rows.
///
/// # Errors
/// [`Error::DimMismatch`], [`Error::NotEnoughImages`] where a side has no row but those that sum to
/// 0, [`Error::NotFinite`], for the FID too, [`Error::Overflow`].
pub fn mifid(
    fid: f64,
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &MifidConfig,
) -> Result<Mifid, Error> {
    require_same_dim(real, fake)?;
    if !fid.is_finite() {
        return Err(Error::NotFinite { what: "FID", row: 0, column: 0, value: fid });
    }
    let cosine_distance = mean_nearest(real, fake)?;
    let copied = cosine_distance < config.cosine_distance_eps;
    let penalty = if copied { cosine_distance } else { 1.0 };
    let value = if fid > SMALLEST_FID { fid / (penalty + DISTANCE_EPSILON) } else { 0.0 };
    Ok(Mifid { value, fid, cosine_distance, penalty, config: config.clone() })
}

fn mean_nearest(real: &dyn FeatureRows, fake: &dyn FeatureRows) -> Result<f64, Error> {
    let (mut left, mut right) = (Tile::default(), Tile::default());
    let (mut sum, mut count, mut others) = (0.0, 0usize, 0usize);
    let mut cosines = Vec::new();
    for from in (0..real.num_rows()).step_by(TILE) {
        left.read(real, "real features", from)?;
        let n = left.len();
        // The largest |cos| of each row, over all tiles of the other side.
        let mut nearest = vec![f64::NEG_INFINITY; n];
        others = 0;
        for from in (0..fake.num_rows()).step_by(TILE) {
            right.read(fake, "fake features", from)?;
            others += right.len();
            cosines.resize(n * right.len(), 0.0);
            let out = MatMut::from_column_major_slice_mut(&mut cosines, n, right.len());
            let (a, b) = (left.mat().transpose(), right.mat());
            matmul(out, Accum::Replace, a, b, 1.0, get_global_parallelism());
            for column in cosines.chunks_exact(n.max(1)) {
                for (nearest, cosine) in nearest.iter_mut().zip(column) {
                    *nearest = nearest.max(cosine.abs());
                }
            }
        }
        if others > 0 {
            sum += nearest.iter().map(|cosine| 1.0 - cosine).sum::<f64>();
        }
        count += n;
    }
    for (side, available) in [("real", count), ("fake", others)] {
        if available == 0 {
            let metric = "MiFID, without rows that sum to 0,";
            return Err(Error::NotEnoughImages { metric, side, needed: 1, available });
        }
    }
    let mean = sum / count as f64;
    if mean.is_finite() { Ok(mean) } else { Err(Error::Overflow { what: "cosine distance" }) }
}

/// Rows of length 1 as columns, `[dim, rows]`, without those that sum to 0.
#[derive(Default)]
struct Tile {
    values: Vec<f64>,
    dim: usize,
}

impl Tile {
    fn read(
        &mut self,
        rows: &dyn FeatureRows,
        what: &'static str,
        from: usize,
    ) -> Result<(), Error> {
        self.dim = rows.dim();
        self.values.clear();
        let mut row = vec![0.0; self.dim];
        for at in from..rows.num_rows().min(from + TILE) {
            read_finite(rows, what, at, &mut row)?;
            if row.iter().sum::<f64>() != 0.0 {
                let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
                self.values.extend(row.iter().map(|value| value / length));
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    fn mat(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.dim, self.len())
    }
}
