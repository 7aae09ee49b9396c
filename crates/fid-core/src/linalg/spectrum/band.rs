//! A band matrix with room for the bulge of a chase, and reflections of its blocks.

/// Width of the band, and side of the blocks that the chase moves: wide enough for fast products of
/// matrices in the first stage, narrow enough for a column to stay in registers in the second.
pub(super) const WIDTH: usize = 24;

/// Rows kept of a column: the diagonal, `2·WIDTH` above it and `2·WIDTH − 1` below.
const ROWS: usize = 4 * WIDTH;

/// A column of a block.
pub(super) type Column = [f64; WIDTH];

/// The diagonals from `−2·WIDTH` to `2·WIDTH − 1` of an `n × n` matrix, padded with zeros beyond
/// its end so that every block is whole.
pub(super) struct Band {
    data: Vec<f64>,
    n: usize,
}

impl Band {
    pub(super) fn zeros(n: usize) -> Self {
        Self { data: vec![0.0; (n + 3 * WIDTH) * ROWS], n }
    }

    pub(super) fn n(&self) -> usize {
        self.n
    }

    /// Divides all entries by the largest and returns it, so that squares neither overflow nor
    /// vanish. A zero matrix stays unchanged.
    pub(super) fn normalize(&mut self) -> f64 {
        let largest = self.data.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
        if largest > 0.0 {
            self.data.iter_mut().for_each(|x| *x /= largest);
        }
        largest
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.data[index(row, column)]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.data[index(row, column)] = value;
    }

    /// The `WIDTH` entries of `column` from `row` on.
    #[inline(always)]
    pub(super) fn column(&mut self, row: usize, column: usize) -> &mut Column {
        let start = index(row, column);
        match (&mut self.data[start..start + WIDTH]).try_into() {
            Ok(column) => column,
            Err(_) => unreachable!("the slice has this length"),
        }
    }

    /// Multiplies the `WIDTH` entries of `column` from `row` on with `H` from the left.
    #[inline(always)]
    pub(super) fn reflect_column(&mut self, row: usize, column: usize, h: &Reflection) {
        let column = self.column(row, column);
        let scale = h.tau * dot(column, &h.v);
        for (x, v) in column.iter_mut().zip(&h.v) {
            *x -= scale * v;
        }
    }

    /// Multiplies the block at (`row`, `column`) with `H` from the right, except its first `skip`
    /// rows.
    #[inline(always)]
    pub(super) fn reflect_rows(&mut self, row: usize, column: usize, h: &Reflection, skip: usize) {
        let mut product = self.times(row, column, h);
        product[..skip].fill(0.0);
        for j in 0..WIDTH {
            for (x, p) in self.column(row, column + j).iter_mut().zip(&product) {
                *x -= p * h.v[j];
            }
        }
    }

    /// `τ` times the block at (`row`, `column`) times `v`.
    #[inline(always)]
    pub(super) fn times(&mut self, row: usize, column: usize, h: &Reflection) -> Column {
        let mut product = [0.0; WIDTH];
        for j in 0..WIDTH {
            for (p, x) in product.iter_mut().zip(&*self.column(row, column + j)) {
                *p += x * h.v[j];
            }
        }
        product.map(|p| h.tau * p)
    }
}

fn index(row: usize, column: usize) -> usize {
    // No term is negative: `row + 2·WIDTH ≥ column` within the band.
    column * (ROWS - 1) + row + 2 * WIDTH
}

/// Householder's `H = I − τ·v·vᵀ` with `v₀ = 1`.
pub(super) struct Reflection {
    pub(super) v: Column,
    pub(super) tau: f64,
}

impl Reflection {
    /// The reflection that maps `x` to a multiple of the first unit vector, and that multiple.
    #[inline(always)]
    pub(super) fn of(x: &Column) -> (Self, f64) {
        let tail: f64 = x[1..].iter().map(|x| x * x).sum();
        let mut v = *x;
        v[0] = 1.0;
        if tail == 0.0 {
            return (Self { v, tau: 0.0 }, x[0]);
        }
        let norm = (x[0] * x[0] + tail).sqrt();
        let first = if x[0] > 0.0 { -norm } else { norm };
        let scale = 1.0 / (x[0] - first);
        v[1..].iter_mut().for_each(|v| *v *= scale);
        (Self { v, tau: (first - x[0]) / first }, first)
    }
}

/// Scalar product in four independent sums, which the compiler turns into vector instructions.
#[inline(always)]
pub(super) fn dot(a: &Column, b: &Column) -> f64 {
    let mut sums = [0.0; 4];
    for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
