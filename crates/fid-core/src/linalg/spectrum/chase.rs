//! Second stage: a band to two diagonals. For each row or column one reflection makes its end zero
//! and fills in the next block; a reflection there removes the fill-in and causes the next, to the
//! end of the band.

use faer::traits::pulp::{Arch, Simd, WithSimd};

use super::band::{Band, Reflection, WIDTH, dot};

/// The diagonal and superdiagonal of a bidiagonal matrix with the singular values of `band`, whose
/// nonzero diagonals are those from 0 to `WIDTH`.
pub(super) fn bidiagonal(band: &mut Band) -> (Vec<f64>, Vec<f64>) {
    let n = band.n();
    Arch::new().dispatch(General(band));
    ((0..n).map(|i| band.at(i, i)).collect(), (1..n).map(|i| band.at(i - 1, i)).collect())
}

/// The diagonal and subdiagonal of a symmetric tridiagonal matrix with the eigenvalues of `band`,
/// whose stored diagonals are those from `−WIDTH` to `WIDTH − 1`.
pub(super) fn tridiagonal(band: &mut Band) -> (Vec<f64>, Vec<f64>) {
    let n = band.n();
    Arch::new().dispatch(Symmetric(band));
    ((0..n).map(|i| band.at(i, i)).collect(), (1..n).map(|i| band.at(i, i - 1)).collect())
}

/// Compiled for the processor's vector instructions, with every call inlined.
struct General<'a>(&'a mut Band);

impl WithSimd for General<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let band = self.0;
        for start in 0..band.n().saturating_sub(1) {
            let mut row = start;
            for column in (start + 1..band.n()).step_by(WIDTH) {
                let (h, first) = Reflection::of(&std::array::from_fn(|j| band.at(row, column + j)));
                band.set(row, column, first);
                (1..WIDTH).for_each(|j| band.set(row, column + j, 0.0));
                if row != start {
                    // The rows of the previous block; its first row is already zero.
                    band.reflect_rows(row, column, &h, 1);
                }
                band.reflect_rows(column, column, &h, 0);

                let h = reflect_first_column(band, column, column);
                for right in column + 1..column + 2 * WIDTH {
                    band.reflect_column(column, right, &h);
                }
                row = column;
            }
        }
    }
}

struct Symmetric<'a>(&'a mut Band);

impl WithSimd for Symmetric<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let band = self.0;
        let n = band.n();
        for start in 0..n.saturating_sub(2) {
            let mut h = reflect_first_column(band, start + 1, start);
            for block in (start + 1..n).step_by(WIDTH) {
                reflect_both_sides(band, block, &h);
                let below = block + WIDTH;
                if below >= n {
                    break;
                }
                band.reflect_rows(below, block, &h, 0);
                h = reflect_first_column(band, below, block);
                for column in block + 1..below {
                    band.reflect_column(below, column, &h);
                    // The diagonal blocks of the next chase read both halves.
                    band.set(column, below, band.at(below, column));
                }
            }
        }
    }
}

/// Makes the first column of the block at (`row`, `column`) zero except for its first entry.
#[inline(always)]
fn reflect_first_column(band: &mut Band, row: usize, column: usize) -> Reflection {
    let entries = band.column(row, column);
    let (h, first) = Reflection::of(entries);
    entries.fill(0.0);
    entries[0] = first;
    h
}

/// `H·A·H` for the block on the diagonal: `A − v·wᵀ − w·vᵀ`, `w = p − ½τ(pᵀv)·v`, `p = τ·A·v`.
#[inline(always)]
fn reflect_both_sides(band: &mut Band, at: usize, h: &Reflection) {
    let mut w = band.times(at, at, h);
    let half = 0.5 * h.tau * dot(&w, &h.v);
    for (w, v) in w.iter_mut().zip(&h.v) {
        *w -= half * v;
    }
    for j in 0..WIDTH {
        for (x, (v, p)) in band.column(at, at + j).iter_mut().zip(h.v.iter().zip(&w)) {
            *x -= v * w[j] + p * h.v[j];
        }
    }
}
