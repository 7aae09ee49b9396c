//! Sums of a polynomial kernel over subsets of rows, in tiles.
//!
//! All subsets of a call share one pass over the kernel matrix K of their union. With the 0/1
//! matrix Z of membership, `[rows, subsets]`, the sum over subset `s` is element `(s,s)` of
//! `Zᵀ·K·Z`. For each tile of K that is one more product with a column per subset, which is cheap
//! compared with the product over `dim` values that made the tile.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, get_global_parallelism};

use super::common::rows_u32;
use super::kernel::PolynomialKernel;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};
use crate::linalg::lower_product;

/// Rows of a tile: 16 MiB at 2048 dimensions, and 8 MiB of kernel values.
pub(super) const TILE: usize = 1024;

/// Subsets whose membership matrix is built at a time.
const SUBSETS: usize = 256;

/// A set of rows and its name in errors.
#[derive(Clone, Copy)]
pub(super) struct NamedRows<'a> {
    rows: &'a dyn FeatureRows,
    what: &'static str,
}

impl<'a> NamedRows<'a> {
    /// All row numbers.
    ///
    /// # Errors
    /// [`Error::TooManyImages`].
    pub(super) fn all(self) -> Result<Vec<u32>, Error> {
        Ok((0..rows_u32(self.rows)?).collect())
    }

    pub(super) fn real(rows: &'a dyn FeatureRows) -> Self {
        Self { rows, what: "real features" }
    }

    pub(super) fn fake(rows: &'a dyn FeatureRows) -> Self {
        Self { rows, what: "fake features" }
    }
}

/// For each subset, the sum of `k(x,x')` over its ordered pairs of different rows.
///
/// # Errors
/// [`Error::NotFinite`].
pub(super) fn within(
    x: NamedRows<'_>,
    kernel: &PolynomialKernel,
    subsets: &[Vec<u32>],
) -> Result<Vec<f64>, Error> {
    let members = Members::new(subsets);
    let mut sums = vec![0.0; subsets.len()];
    let mut left = RowTile::default();
    let mut right = RowTile::default();
    let mut values = Vec::new();
    for i in 0..members.num_tiles() {
        left.read(x, members.tile(i))?;
        for j in 0..i {
            right.read(x, members.tile(j))?;
            kernel_values(&mut values, kernel, &left, &right);
            members.add(i, &members, j, &values, 2.0, &mut sums);
        }
        // The diagonal tile: only below the diagonal, counted twice.
        let n = members.tile(i).len();
        values.clear();
        values.resize(n * n, 0.0);
        let out = MatMut::from_column_major_slice_mut(&mut values, n, n);
        lower_product(out, Accum::Replace, 1.0, left.mat().transpose(), left.mat());
        for (j, column) in values.chunks_exact_mut(n).enumerate() {
            column[..=j].fill(0.0);
            kernel.apply(&mut column[j + 1..], x.rows.dim());
        }
        members.add(i, &members, i, &values, 2.0, &mut sums);
    }
    Ok(sums)
}

/// For each pair of subsets, one of each side, the sum of `k(x,y)` over all pairs of rows.
///
/// # Errors
/// [`Error::NotFinite`].
pub(super) fn between(
    x: NamedRows<'_>,
    y: NamedRows<'_>,
    kernel: &PolynomialKernel,
    of_x: &[Vec<u32>],
    of_y: &[Vec<u32>],
) -> Result<Vec<f64>, Error> {
    let members = Members::new(of_x);
    let others = Members::new(of_y);
    let mut sums = vec![0.0; of_x.len()];
    let mut left = RowTile::default();
    let mut right = RowTile::default();
    let mut values = Vec::new();
    for i in 0..members.num_tiles() {
        left.read(x, members.tile(i))?;
        for j in 0..others.num_tiles() {
            right.read(y, others.tile(j))?;
            kernel_values(&mut values, kernel, &left, &right);
            members.add(i, &others, j, &values, 1.0, &mut sums);
        }
    }
    Ok(sums)
}

/// Rows of a set, stored as columns: `[dim, rows]`.
#[derive(Default)]
pub(super) struct RowTile {
    values: Vec<f64>,
    dim: usize,
}

impl RowTile {
    /// Reads the numbered `rows` of `side`.
    ///
    /// # Errors
    /// [`Error::NotFinite`].
    pub(super) fn read(&mut self, side: NamedRows<'_>, rows: &[u32]) -> Result<(), Error> {
        self.dim = side.rows.dim();
        self.values.resize(rows.len() * self.dim, 0.0);
        for (&row, out) in rows.iter().zip(self.values.chunks_exact_mut(self.dim)) {
            read_finite(side.rows, side.what, row as usize, out)?;
        }
        Ok(())
    }

    fn mat(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.dim, self.values.len() / self.dim)
    }
}

/// Sets `values` to the kernel of each row of `left` with each of `right`: `[left, right]`,
/// column-major.
pub(super) fn kernel_values(
    values: &mut Vec<f64>,
    kernel: &PolynomialKernel,
    left: &RowTile,
    right: &RowTile,
) {
    let x = left.mat().transpose();
    let y = right.mat();
    values.resize(x.nrows() * y.ncols(), 0.0);
    let out = MatMut::from_column_major_slice_mut(values, x.nrows(), y.ncols());
    matmul(out, Accum::Replace, x, y, 1.0, get_global_parallelism());
    kernel.apply(values, left.dim);
}

/// The rows of each subset.
struct Members {
    /// The rows of all subsets, sorted.
    union: Vec<u32>,
    /// The subsets, each sorted.
    subsets: Vec<Vec<u32>>,
}

impl Members {
    fn new(subsets: &[Vec<u32>]) -> Self {
        let mut subsets = subsets.to_vec();
        subsets.iter_mut().for_each(|subset| subset.sort_unstable());
        let mut union = subsets.concat();
        union.sort_unstable();
        union.dedup();
        Self { union, subsets }
    }

    fn num_tiles(&self) -> usize {
        self.union.len().div_ceil(TILE)
    }

    fn tile(&self, i: usize) -> &[u32] {
        &self.union[i * TILE..self.union.len().min((i + 1) * TILE)]
    }

    /// Membership of the rows of tile `i` in the subsets from `first` on: `[rows, subsets]` of 0
    /// and 1.
    fn matrix(&self, i: usize, first: usize) -> Mat<f64> {
        let rows = self.tile(i);
        let last = self.subsets.len().min(first + SUBSETS);
        let mut out = Mat::zeros(rows.len(), last - first);
        for (s, subset) in self.subsets[first..last].iter().enumerate() {
            let mut at = 0;
            for &row in &subset[subset.partition_point(|&row| row < rows[0])..] {
                while at < rows.len() && rows[at] < row {
                    at += 1;
                }
                if at == rows.len() {
                    break;
                }
                out[(at, s)] = 1.0;
            }
        }
        out
    }

    /// Adds `weight` times the sums over the tile `(i, j)` of kernel values, column-major.
    fn add(
        &self,
        i: usize,
        others: &Self,
        j: usize,
        values: &[f64],
        weight: f64,
        sums: &mut [f64],
    ) {
        let rows = self.tile(i).len();
        let columns = others.tile(j).len();
        let values = MatRef::from_column_major_slice(values, rows, columns);
        for (chunk, sums) in sums.chunks_mut(SUBSETS).enumerate() {
            let left = self.matrix(i, chunk * SUBSETS);
            let right = others.matrix(j, chunk * SUBSETS);
            let mut half = Mat::zeros(rows, right.ncols());
            let par = get_global_parallelism();
            matmul(half.as_mut(), Accum::Replace, values, right.as_ref(), 1.0, par);
            for (s, sum) in sums.iter_mut().enumerate() {
                *sum += weight * (left.col(s).transpose() * half.col(s));
            }
        }
    }
}
