//! Feature vectors wherever they are kept, for the metrics that need every one of them.

use crate::Error;

/// Feature vectors that can be read one by one, in any order: in memory, or in a file that is mapped.
///
/// Metrics copy them in tiles, so that no implementation needs to hold more than it has.
pub trait FeatureRows: Sync {
    /// Number of vectors.
    fn num_rows(&self) -> usize;

    /// Number of values in a vector, at least 1.
    fn dim(&self) -> usize;

    /// Copies vector `row`, counted from 0, to `out`, which has [`Self::dim`] values.
    ///
    /// # Panics
    ///
    /// Where `row` is not below [`Self::num_rows`] or `out` has another length.
    fn read_row(&self, row: usize, out: &mut [f64]);
}

/// Feature vectors in memory, row-major `[n, dim]`, in f32 or f64.
#[derive(Debug, Clone, Copy)]
pub struct FeatureSlice<'a, T> {
    values: &'a [T],
    dim: usize,
}

impl<'a, T> FeatureSlice<'a, T> {
    /// Sees `values` as vectors of `dim` values each.
    ///
    /// # Errors
    ///
    /// [`Error::ZeroDim`], or [`Error::Length`] where `values` ends within a vector.
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

    /// The values, row-major.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_their_order() {
        let rows = FeatureSlice::new(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], 3).unwrap();
        assert_eq!((rows.num_rows(), rows.dim()), (2, 3));
        let mut out = [0.0; 3];
        rows.read_row(1, &mut out);
        assert_eq!(out, [4.0, 5.0, 6.0]);
    }

    #[test]
    fn a_part_of_a_row_is_refused() {
        assert_eq!(FeatureSlice::new(&[1.0f64], 0).unwrap_err(), Error::ZeroDim);
        let error = FeatureSlice::new(&[0.0f64; 5], 2).unwrap_err();
        assert_eq!(error, Error::Length { what: "features", expected: 4, got: 5 });
    }
}
