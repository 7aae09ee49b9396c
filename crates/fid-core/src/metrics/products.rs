//! Where the inner products of feature vectors come from: a tile of rows with another, in f32.

use std::collections::VecDeque;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, get_global_parallelism};

use super::tiles::Bounds;
use crate::Error;

/// Rows of a tile on the CPU: a block of products takes 4 MiB, a tile of 2048-d features 8 MiB.
const TILE: usize = 1024;

/// Inner products of the rows of one tile with those of others, one after the other.
///
/// The order of calls is: a left tile, then any number of right ones, each begun once and finished
/// once, in order; the next may be begun before the one before is finished. Then another left tile.
///
/// Every product must be a sum of the `dim` products of its values, in any order, each operation off
/// by at most [`Self::rounding`] of its result; values next to 0 may become 0. Then what is decided by
/// the products is the same wherever they are computed. Every value is within −1..=1.
pub trait TileProducts {
    /// The most rows of a left and of a right tile of rows of `dim` values, both at least 1.
    fn tiles(&self, dim: usize) -> [usize; 2];

    /// The relative error of one operation: 2⁻²⁴ where it rounds to the nearest number of f32.
    fn rounding(&self) -> f64;

    /// Takes the left tile, row-major `[rows, dim]`, in place of the one before.
    ///
    /// # Errors
    /// [`Error::Products`], as all methods, where the device that computes them fails.
    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error>;

    /// Begins the products with a right tile, row-major `[rows, dim]`.
    ///
    /// # Errors
    /// As [`Self::set_left`].
    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error>;

    /// Those of the right tile that was begun first, row-major `[right rows, left rows]`.
    ///
    /// # Errors
    /// As [`Self::set_left`].
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

/// The CPU's, on faer's global parallelism.
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
    /// Tiles of other sizes than suit: for tests.
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
        let right = self.begun.pop_front().ok_or_else(none_begun)?;
        let [n, m] = [&self.left, &right].map(|rows| rows.len() / self.dim);
        let mut products = vec![0.0; n * m];
        let out = MatMut::from_column_major_slice_mut(&mut products, n, m);
        let left = MatRef::from_column_major_slice(&self.left, self.dim, n);
        let right = MatRef::from_column_major_slice(&right, self.dim, m);
        matmul(out, Accum::Replace, left.transpose(), right, 1.0, get_global_parallelism());
        Ok(products)
    }
}

fn none_begun() -> Error {
    Error::Products { message: "no tile was begun".into() }
}

/// Products that are held to their sums, for devices that may fail without a word: one that was lost
/// gives zeros, one short of memory what was there before.
///
/// The sum over the left rows of the products with a right row is the product of that row with the sum of
/// the left rows, which costs no more than one row more (the checksums of Huang and Abraham 1984,
/// "Algorithm-based fault tolerance for matrix operations"). It must be as near as the bound on the
/// products' rounding allows. So a tile of zeros, of another set or with a number that is none is seen;
/// an error that is small beside that bound times the rows is not.
#[derive(Debug)]
pub struct CheckedProducts<P> {
    products: P,
    dim: usize,
    /// The sum of the left rows.
    sum: Vec<f64>,
    /// The number of left rows, and the sum of their lengths.
    rows: usize,
    lengths: f64,
    /// For each tile begun, for each row, what the sum of its products is, and how far off it may be.
    expected: VecDeque<Vec<(f64, f64)>>,
}

impl<P: TileProducts> CheckedProducts<P> {
    /// The products of `products`, to be checked.
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
            let off = bounds.products(self.lengths * length, self.rows);
            (dot(row, &self.sum), off)
        };
        self.expected.push_back(rows.chunks_exact(self.dim).map(expect).collect());
        self.products.begin(rows)
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        let expected = self.expected.pop_front().ok_or_else(none_begun)?;
        let products = self.products.finish()?;
        let count = expected.len() * self.rows;
        let wrong = |message: String| Err(Error::Products { message });
        if products.len() != count {
            let got = products.len();
            return wrong(format!("the device gave {got}, not {count}; compute them on the CPU"));
        }
        let rows = expected.iter().zip(products.chunks_exact(self.rows));
        for (row, (&(sum, off), of_row)) in rows.enumerate() {
            let got = of_row.iter().map(|&value| f64::from(value)).sum::<f64>();
            // What is not a number is not near either.
            let near = (got - sum).abs() <= off;
            if !near {
                return wrong(format!(
                    "the device gave wrong ones, with the sum {got} over row {row} of a tile, which must \
                     be {sum} ± {off:.1e}; compute them on the CPU"
                ));
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
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let product = |(&a, &b): (&f32, &T)| f64::from(a) * b.into();
    let rest: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(product).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, pair)| *sum += product(pair));
    }
    sums.iter().sum::<f64>() + rest
}
