//! Products of f32 matrices.

/// A view of an f32 matrix: `size` is `[rows, columns]`, `strides` the steps to the next of each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) size: [usize; 2],
    pub(crate) strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Row-major values, `[rows,columns]`.
    pub(crate) fn row_major(values: &'a [f32], columns: usize) -> Self {
        Self { values, size: [values.len() / columns, columns], strides: [columns, 1] }
    }

    pub(crate) fn transposed(self) -> Self {
        let Self { values, size: [rows, columns], strides: [row, column] } = self;
        Self { values, size: [columns, rows], strides: [column, row] }
    }
}

/// Multiply-adds of the smallest product that runs on several threads.
const PARALLEL: usize = 192 * 192 * 192;

/// `a·b`, row major. The order of summation depends on the sizes, not on the number of threads.
pub(crate) fn multiply(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let ([rows, depth], columns) = (a.size, b.size[1]);
    assert_eq!(depth, b.size[0], "columns of `a` and rows of `b`");
    let mut out = vec![0.0; rows * columns];
    let parallelism = if rows * columns * depth >= PARALLEL {
        gemm::Parallelism::Rayon(0)
    } else {
        gemm::Parallelism::None
    };
    // SAFETY: both constructors of `Matrix` make sizes and strides that stay within `values`, and
    // `out` has one value for each row and column.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            a.values.as_ptr(),
            a.strides[1] as isize,
            a.strides[0] as isize,
            b.values.as_ptr(),
            b.strides[1] as isize,
            b.strides[0] as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_a_transposed_matrix_are_right() {
        let a: Vec<f32> = (0..6).map(|value| value as f32).collect();
        let a = Matrix::row_major(&a, 3);
        assert_eq!(multiply(a, a.transposed()), [5.0, 14.0, 14.0, 50.0]);
        assert_eq!(multiply(a.transposed(), a)[..3], [9.0, 12.0, 15.0]);
    }
}
