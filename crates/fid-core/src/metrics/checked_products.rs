//! Products of a device, checked against their sums.

use std::collections::VecDeque;

use super::distances::Bounds;
use super::products::TileProducts;
use crate::error::Error;

/// Products with checked sums, for devices that may fail silently: a lost device returns zeros, one
/// short of memory stale values.
///
/// The sum of a right row's products with all left rows equals the product of that row with the sum
/// of the left rows, which costs as much as one more row (the checksums of Huang and Abraham 1984,
/// "Algorithm-based fault tolerance for matrix operations"). Both must agree within the bound on
/// the products' rounding. This detects a tile of zeros, of another set, or with NaN, but not an
/// error that is small compared with that bound times the number of rows.
#[derive(Debug)]
pub struct CheckedProducts<P> {
    products: P,
    dim: usize,
    /// The sum of the left rows, `[dim]`.
    sum: Vec<f64>,
    /// Number of left rows.
    rows: usize,
    /// Sum of the lengths of the left rows.
    lengths: f64,
    /// For each tile begun and each of its rows, the sum of its products and the tolerance.
    expected: VecDeque<Vec<(f64, f64)>>,
}

impl<P: TileProducts> CheckedProducts<P> {
    /// Checks the results of `products`.
    pub fn new(products: P) -> Self {
        let expected = VecDeque::new();
        Self { products, dim: 1, sum: Vec::new(), rows: 0, lengths: 0.0, expected }
    }
}

impl<P: TileProducts> TileProducts for CheckedProducts<P> {
    fn tiles(&self, dim: usize) -> [usize; 2] {
        self.products.tiles(dim)
    }

    fn rounding(&self) -> f64 {
        self.products.rounding()
    }

    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error> {
        (self.dim, self.rows, self.lengths) = (dim, rows.len() / dim, 0.0);
        self.sum = vec![0.0; dim];
        for row in rows.chunks_exact(dim) {
            self.sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
            self.lengths += dot(row, row).sqrt();
        }
        self.products.set_left(rows, dim)
    }

    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error> {
        let bounds = Bounds::new(self.dim, self.rounding());
        let expect = |row: &[f32]| {
            let length = dot(row, row).sqrt();
            let tolerance = bounds.products(self.lengths * length, self.rows);
            (dot(row, &self.sum), tolerance)
        };
        self.expected.push_back(rows.chunks_exact(self.dim).map(expect).collect());
        self.products.begin(rows)
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        let expected = self.expected.pop_front().ok_or(Error::NoTileBegun)?;
        let products = self.products.finish()?;
        let count = expected.len() * self.rows;
        if products.len() != count {
            return Err(Error::ProductCount { expected: count, got: products.len() });
        }
        let rows = expected.iter().zip(products.chunks_exact(self.rows));
        for (row, (&(expected, tolerance), of_row)) in rows.enumerate() {
            let got = of_row.iter().map(|&value| f64::from(value)).sum::<f64>();
            // False for NaN.
            let near = (got - expected).abs() <= tolerance;
            if !near {
                return Err(Error::WrongProducts { row, got, expected, tolerance });
            }
        }
        Ok(products)
    }
}

/// `Σ a·b` in f64.
fn dot<T: Copy + Into<f64>>(a: &[f32], b: &[T]) -> f64 {
    // Independent sums let the compiler use vector instructions.
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let chunks_a = a.chunks_exact(LANES);
    let chunks_b = b.chunks_exact(LANES);
    let product = |(&a, &b): (&f32, &T)| f64::from(a) * b.into();
    let rest: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(product).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, pair)| *sum += product(pair));
    }
    sums.iter().sum::<f64>() + rest
}
