//! The inner loop of every product of tiles: eight rows by six columns in registers.

use faer::traits::pulp::{Simd, WithSimd};

use super::tile::{TILE, Tile};

/// Rows computed together. With [`COLUMNS`] the sums take twelve of AVX2's sixteen registers.
const ROWS: usize = 8;

/// Columns computed together.
const COLUMNS: usize = 6;

/// `C += scale·A·B`. `c` is `[R, C]` and `a` is `[R, D]`, both column-major; `b` returns the entry
/// of `B`, `[D, C]`, at a row and column. `V` vectors hold eight rows.
#[expect(clippy::needless_range_loop, reason = "indices of one range into several arrays")]
#[inline(always)]
pub(crate) fn add_product<
    S: Simd,
    const V: usize,
    const R: usize,
    const D: usize,
    const C: usize,
>(
    simd: S,
    c: &mut [[f64; R]; C],
    a: &[[f64; R]; D],
    b: impl Fn(usize, usize) -> f64,
    scale: f64,
) {
    const { assert!(R.is_multiple_of(ROWS) && C.is_multiple_of(COLUMNS)) };
    for i in 0..R / ROWS {
        for j in 0..C / COLUMNS {
            let mut sums = [[simd.splat_f64s(0.0); V]; COLUMNS];
            for k in 0..D {
                let (rows, _) = S::as_simd_f64s(&a[k][ROWS * i..ROWS * i + ROWS]);
                for column in 0..COLUMNS {
                    let factor = simd.splat_f64s(b(k, COLUMNS * j + column));
                    for v in 0..V {
                        sums[column][v] = simd.mul_add_e_f64s(rows[v], factor, sums[column][v]);
                    }
                }
            }
            let scale = simd.splat_f64s(scale);
            for column in 0..COLUMNS {
                let out = &mut c[COLUMNS * j + column][ROWS * i..ROWS * i + ROWS];
                let (out, _) = S::as_mut_simd_f64s(out);
                for v in 0..V {
                    out[v] = simd.mul_add_e_f64s(sums[column][v], scale, out[v]);
                }
            }
        }
    }
}

/// Calls a generic method with the number of vectors that hold eight rows on this processor.
macro_rules! with_vectors {
    ($simd:ident: $S:ident, $self:ident.$method:ident) => {
        match $S::F64_LANES {
            8 => $self.$method::<$S, 1>($simd),
            4 => $self.$method::<$S, 2>($simd),
            2 => $self.$method::<$S, 4>($simd),
            _ => $self.$method::<$S, 8>($simd),
        }
    };
}
pub(crate) use with_vectors;

/// Adds `scale·A·Bᵀ` to `tile` for each pair `(A, B)` of `factors`.
pub(crate) struct AddProducts<'a> {
    pub(crate) tile: &'a mut Tile,
    pub(crate) factors: Vec<(&'a Tile, &'a Tile)>,
    pub(crate) scale: f64,
}

impl AddProducts<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        for (a, b) in self.factors {
            add_product::<S, V, TILE, TILE, TILE>(simd, self.tile, a, |k, j| b[k][j], self.scale);
        }
    }
}

impl WithSimd for AddProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        with_vectors!(simd: S, self.run)
    }
}
