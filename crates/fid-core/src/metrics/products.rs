//! Inner products of feature vectors, tile by tile, in f32.

use std::collections::VecDeque;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, get_global_parallelism};

use crate::error::Error;

/// Rows of a tile on the CPU: a block of products takes 4 MiB, a tile of 2048-dimensional features
/// 8 MiB.
const TILE: usize = 1024;

/// Computes the inner products of the rows of a left tile with those of right tiles.
///
/// The caller sets a left tile, then begins and finishes any number of right tiles in order; it may
/// begin a tile before it finishes the previous one. Then it sets the next left tile.
///
/// Every value is within −1..=1. A product must be a sum of the `dim` products of its values, in
/// any order, with a relative error of at most [`Self::rounding`] per operation; results near 0 may
/// become 0. Then decisions based on the products are the same on every device.
pub trait TileProducts {
    /// The largest number of rows of a left and of a right tile, for rows of `dim` values; both at
    /// least 1.
    fn tiles(&self, dim: usize) -> [usize; 2];

    /// The relative error of one operation: 2⁻²⁴ if it rounds to the nearest f32.
    fn rounding(&self) -> f64;

    /// Replaces the left tile, row-major `[rows, dim]`.
    ///
    /// # Errors
    /// [`Error::Products`] if the device fails.
    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error>;

    /// Begins the products with a right tile, row-major `[rows, dim]`.
    ///
    /// # Errors
    /// [`Error::Products`] if the device fails.
    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error>;

    /// Waits for the products with the right tile begun first and returns them, row-major
    /// `[right rows, left rows]`.
    ///
    /// # Errors
    /// [`Error::NoTileBegun`]; [`Error::Products`] if the device fails.
    fn finish(&mut self) -> Result<Vec<f32>, Error>;
}

impl<P: TileProducts + ?Sized> TileProducts for Box<P> {
    fn tiles(&self, dim: usize) -> [usize; 2] {
        (**self).tiles(dim)
    }

    fn rounding(&self) -> f64 {
        (**self).rounding()
    }

    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error> {
        (**self).set_left(rows, dim)
    }

    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error> {
        (**self).begin(rows)
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        (**self).finish()
    }
}

/// Products on the CPU, with faer's global parallelism.
#[derive(Debug)]
pub struct CpuProducts {
    tiles: [usize; 2],
    dim: usize,
    left: Vec<f32>,
    begun: VecDeque<Vec<f32>>,
}

impl Default for CpuProducts {
    fn default() -> Self {
        Self::with_tiles([TILE; 2])
    }
}

impl CpuProducts {
    /// With other sizes of left and right tiles.
    pub(super) fn with_tiles(tiles: [usize; 2]) -> Self {
        Self { tiles, dim: 1, left: Vec::new(), begun: VecDeque::new() }
    }
}

impl TileProducts for CpuProducts {
    fn tiles(&self, _: usize) -> [usize; 2] {
        self.tiles
    }

    fn rounding(&self) -> f64 {
        f64::from(f32::EPSILON) / 2.0
    }

    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error> {
        (self.left, self.dim) = (rows, dim);
        Ok(())
    }

    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error> {
        self.begun.push_back(rows);
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        let right = self.begun.pop_front().ok_or(Error::NoTileBegun)?;
        let [n, m] = [&self.left, &right].map(|rows| rows.len() / self.dim);
        let mut products = vec![0.0; n * m];
        let out = MatMut::from_column_major_slice_mut(&mut products, n, m);
        let left = MatRef::from_column_major_slice(&self.left, self.dim, n);
        let right = MatRef::from_column_major_slice(&right, self.dim, m);
        matmul(out, Accum::Replace, left.transpose(), right, 1.0, get_global_parallelism());
        Ok(products)
    }
}
