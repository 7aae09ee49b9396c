//! Distances between all pairs of two sets, tile by tile: fast products in f32 with a proven bound
//! on their error, and exact distances where the bound does not decide.

use super::products::TileProducts;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// Common shift and scale of all sets of a comparison before they are rounded to f32. The shift
/// does not change distances, and the scale is a power of two.
pub(super) struct Frame {
    centre: Vec<f64>,
    pub(super) scale: f64,
}

impl Frame {
    /// The frame of `sets`, given with their names for errors. Reads every value once.
    ///
    /// # Errors
    /// [`Error::DimMismatch`]; [`Error::NotFinite`]; [`Error::Overflow`] if a squared distance
    /// could overflow.
    pub(super) fn new(sets: &[(&'static str, &dyn FeatureRows)]) -> Result<Self, Error> {
        let dim = sets.first().map_or(0, |(_, rows)| rows.dim());
        let mut centre = vec![0.0; dim];
        let mut row = vec![0.0; dim];
        let mut count = 0.0;
        let mut largest = 0f64;
        for &(what, rows) in sets {
            if rows.dim() != dim {
                return Err(Error::DimMismatch { a: dim, b: rows.dim() });
            }
            for index in 0..rows.num_rows() {
                read_finite(rows, what, index, &mut row)?;
                count += 1.0;
                for (mean, &value) in centre.iter_mut().zip(&row) {
                    *mean += (value - *mean) / count;
                    largest = largest.max(value.abs());
                }
            }
        }
        if !(4.0 * largest * largest * dim as f64).is_finite() {
            return Err(Error::Overflow { what: "squared distances of features" });
        }
        // No value is further than twice the largest value from the centre.
        let scale = if largest > 0.0 { (-(2.0 * largest).log2().ceil()).exp2() } else { 1.0 };
        Ok(Self { centre, scale })
    }

    /// No shift and no scale, for rows whose values are within −1..=1.
    pub(super) fn identity(dim: usize) -> Self {
        Self { centre: vec![0.0; dim], scale: 1.0 }
    }
}

/// A set in its frame.
pub(super) struct Tiled<'a> {
    pub(super) rows: &'a dyn FeatureRows,
    frame: &'a Frame,
    /// Squared lengths in the frame.
    norms: Vec<f64>,
}

impl<'a> Tiled<'a> {
    pub(super) fn new(rows: &'a dyn FeatureRows, frame: &'a Frame) -> Self {
        let mut row = vec![0.0; rows.dim()];
        let norm = |index| {
            rows.read_row(index, &mut row);
            let values = row.iter().zip(&frame.centre);
            values.map(|(x, c)| ((x - c) * frame.scale).powi(2)).sum()
        };
        let norms = (0..rows.num_rows()).map(norm).collect();
        Self { rows, frame, norms }
    }

    pub(super) fn len(&self) -> usize {
        self.norms.len()
    }

    /// At most `most` rows from `start` on, row-major `[rows, dim]`, in the frame.
    fn tile(&self, start: usize, most: usize) -> Vec<f32> {
        let mut row = vec![0.0; self.rows.dim()];
        let rows = start..self.len().min(start.saturating_add(most));
        let mut out = Vec::with_capacity(rows.len() * row.len());
        for index in rows {
            self.rows.read_row(index, &mut row);
            let values = row.iter().zip(&self.frame.centre);
            out.extend(values.map(|(x, c)| ((x - c) * self.frame.scale) as f32));
        }
        out
    }
}

/// Bounds on squared distances in the frame, from products in f32.
///
/// A sum of d products in f32, in any order and with or without fused operations, is off by at most
/// `d·u/(1 − d·u)·|x||y|` with `u` the relative error of an operation (Higham, Accuracy and
/// Stability of Numerical Algorithms, §3.1). Rounding the factors costs `2u|x||y|`, and
/// `2|x||y| ≤ |x|² + |y|²`. If subnormal numbers become 0, both factors of a term, its product and
/// the partial sum lose at most the smallest normal number each, since no factor is above 1.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    share: f64,
    underflow: f64,
}

impl Bounds {
    pub(super) fn new(dim: usize, rounding: f64) -> Self {
        // One u more than needed covers the f64 sums of norms and of exact distances.
        let share = (dim as f64 + 4.0) * rounding;
        let underflow = 8.0 * dim as f64 * f64::from(f32::MIN_POSITIVE);
        Self { share: share / (1.0 - share).max(1e-3), underflow }
    }

    /// Lower bound on the squared distance of two rows; `norms` is the sum of their squared
    /// lengths.
    pub(super) fn lower(self, norms: f64, product: f32) -> f64 {
        norms * (1.0 - self.share) - 2.0 * f64::from(product) - self.underflow
    }

    /// Upper bound on the squared distance of two rows; `norms` is the sum of their squared
    /// lengths.
    pub(super) fn upper(self, norms: f64, product: f32) -> f64 {
        norms * (1.0 + self.share) - 2.0 * f64::from(product) + self.underflow
    }

    /// Bound on the error of the sum of `terms` products; `lengths` is the sum of the products of
    /// the rows' lengths.
    pub(super) fn products(self, lengths: f64, terms: usize) -> f64 {
        self.share * lengths + self.underflow * terms as f64
    }
}

/// The products of the rows of one tile with those of another.
pub(super) struct Block<'m> {
    /// Row number in set a of the first product of each row.
    first_a: usize,
    /// Row number in set b of the first row of products.
    first_b: usize,
    /// `[rows of b, rows of a]`, row-major.
    products: &'m [f32],
    rows_a: usize,
    norms_a: &'m [f64],
    norms_b: &'m [f64],
}

impl Block<'_> {
    /// Calls `visit` with both row numbers, the sum of the squared lengths, and the product. With
    /// `itself`, a and b are one set, and each pair comes once, as (smaller, larger).
    pub(super) fn pairs(&self, itself: bool, mut visit: impl FnMut(usize, usize, f64, f32)) {
        for (j, row) in self.products.chunks_exact(self.rows_a).enumerate() {
            let b = self.first_b + j;
            let end = if itself { b.saturating_sub(self.first_a) } else { usize::MAX };
            let norm = self.norms_b[b];
            let norms = &self.norms_a[self.first_a..];
            for (i, (&product, &own)) in row.iter().zip(norms).take(end).enumerate() {
                visit(self.first_a + i, b, own + norm, product);
            }
        }
    }
}

/// Calls `visit` with every block of pairs, in tiles of `products`; with `itself`, a and b are one
/// set, and the blocks cover each pair once. A device may compute the next block during the visit.
///
/// # Errors
/// Those of `products`.
pub(super) fn for_each_block(
    a: &Tiled<'_>,
    b: &Tiled<'_>,
    itself: bool,
    products: &mut dyn TileProducts,
    mut visit: impl FnMut(Block<'_>, Bounds),
) -> Result<(), Error> {
    let dim = a.rows.dim();
    let bounds = Bounds::new(dim, products.rounding());
    let [rows_a, rows_b] = products.tiles(dim);
    let norms_a = &a.norms[..];
    let norms_b = &b.norms[..];
    for first_a in (0..a.len()).step_by(rows_a) {
        let start = if itself { first_a } else { 0 };
        let mut starts = (start..b.len()).step_by(rows_b).peekable();
        products.set_left(a.tile(first_a, rows_a), dim)?;
        let rows_a = rows_a.min(a.len() - first_a);
        if let Some(&first_b) = starts.peek() {
            products.begin(b.tile(first_b, rows_b))?;
        }
        while let Some(first_b) = starts.next() {
            if let Some(&next) = starts.peek() {
                products.begin(b.tile(next, rows_b))?;
            }
            let products = &products.finish()?[..];
            visit(Block { first_a, first_b, products, rows_a, norms_a, norms_b }, bounds);
        }
    }
    Ok(())
}

/// Squared distances from differences in f64, summed always in the same order: equal pairs of
/// vectors give equal bits, and equal vectors give 0.
pub(super) struct Exact<'a> {
    a: &'a dyn FeatureRows,
    b: &'a dyn FeatureRows,
    left: Vec<f64>,
    right: Vec<f64>,
}

impl<'a> Exact<'a> {
    pub(super) fn new(a: &'a dyn FeatureRows, b: &'a dyn FeatureRows) -> Self {
        Self { a, b, left: vec![0.0; a.dim()], right: vec![0.0; b.dim()] }
    }

    pub(super) fn squared(&mut self, i: usize, j: usize) -> f64 {
        self.a.read_row(i, &mut self.left);
        self.b.read_row(j, &mut self.right);
        squared_distance(&self.left, &self.right)
    }
}

/// `|a − b|²`, the same bits for (a, b) and (b, a).
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    // Independent sums let the compiler use vector instructions.
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let chunks_a = a.chunks_exact(LANES);
    let chunks_b = b.chunks_exact(LANES);
    let rest: f64 =
        chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum::<f64>() + rest
}
