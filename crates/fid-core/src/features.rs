//! Feature vectors wherever they are stored, for the metrics that read every one of them.

use crate::error::Error;

/// Feature vectors that can be read one by one and in any order, from memory or from a mapped file.
///
/// Metrics copy them tile by tile, so an implementation need not hold them all in memory.
pub trait FeatureRows: Sync {
    /// Number of vectors.
    fn num_rows(&self) -> usize;

    /// Number of values in a vector, at least 1.
    fn dim(&self) -> usize;

    /// Copies vector `row`, counted from 0, to `out`, which has [`Self::dim`] values.
    ///
    /// # Panics
    ///
    /// If `row` is not below [`Self::num_rows`], or if `out` has another length.
    fn read_row(&self, row: usize, out: &mut [f64]);
}

/// Feature vectors in memory, row-major `[n, dim]`, in f32 or f64.
#[derive(Debug, Clone, Copy)]
pub struct FeatureSlice<'a, T> {
    values: &'a [T],
    dim: usize,
}

impl<'a, T> FeatureSlice<'a, T> {
    /// Views `values` as vectors of `dim` values each.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`]; [`Error::Length`] if `values` ends within a vector.
    pub fn new(values: &'a [T], dim: usize) -> Result<Self, Error> {
        if dim == 0 {
            return Err(Error::ZeroDim);
        }
        match values.len() % dim {
            0 => Ok(Self { values, dim }),
            rest => Err(Error::Length {
                what: "features",
                expected: values.len() - rest,
                got: values.len(),
            }),
        }
    }

    /// The values, row-major `[n, dim]`.
    pub fn values(&self) -> &'a [T] {
        self.values
    }
}

impl<T: Copy + Into<f64> + Sync> FeatureRows for FeatureSlice<'_, T> {
    fn num_rows(&self) -> usize {
        self.values.len() / self.dim
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, row: usize, out: &mut [f64]) {
        let values = &self.values[row * self.dim..(row + 1) * self.dim];
        assert_eq!(values.len(), out.len());
        for (out, &value) in out.iter_mut().zip(values) {
            *out = value.into();
        }
    }
}

/// Checks that every value of `rows`, row-major `[n, dim]`, is finite. The error counts rows from
/// `first_row`.
///
/// # Errors
/// [`Error::NotFinite`] with row and column of the first NaN or infinity.
pub fn check_features(rows: &[f32], dim: usize, first_row: u64) -> Result<(), Error> {
    require_finite("features", rows, dim, first_row)
}

/// Checks that `values`, row-major with `columns` columns, are finite. `what` names them in the
/// error, which counts rows from `first_row`.
pub(crate) fn require_finite<T: Copy + Into<f64>>(
    what: &'static str,
    values: &[T],
    columns: usize,
    first_row: u64,
) -> Result<(), Error> {
    match first_not_finite(values) {
        None => Ok(()),
        Some(at) => Err(Error::NotFinite {
            what,
            row: first_row + (at / columns) as u64,
            column: at % columns,
            value: values[at].into(),
        }),
    }
}

/// The position of the first value that is NaN or infinite.
pub(crate) fn first_not_finite<T: Copy + Into<f64>>(values: &[T]) -> Option<usize> {
    // Without a branch for each value, the loop runs in vectors.
    let all = values.iter().fold(true, |all, &value| all & value.into().is_finite());
    if all { None } else { values.iter().position(|&value| !value.into().is_finite()) }
}

/// Reads row `row` to `out` and checks that its values are finite. `what` names the set in the
/// error.
pub(crate) fn read_finite(
    rows: &dyn FeatureRows,
    what: &'static str,
    row: usize,
    out: &mut [f64],
) -> Result<(), Error> {
    rows.read_row(row, out);
    require_finite(what, out, out.len(), row as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_order() {
        let rows = FeatureSlice::new(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], 3).unwrap();
        assert_eq!((rows.num_rows(), rows.dim()), (2, 3));
        let mut out = [0.0; 3];
        rows.read_row(1, &mut out);
        assert_eq!(out, [4.0, 5.0, 6.0]);
    }

    #[test]
    fn incomplete_rows_are_refused() {
        assert_eq!(FeatureSlice::new(&[1.0f64], 0).unwrap_err(), Error::ZeroDim);
        let error = FeatureSlice::new(&[0.0f64; 5], 2).unwrap_err();
        assert_eq!(error, Error::Length { what: "features", expected: 4, got: 5 });
    }
}
