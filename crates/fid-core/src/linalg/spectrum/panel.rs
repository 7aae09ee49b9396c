//! QR decompositions of a few columns, over faer.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::householder::{
    apply_block_householder_transpose_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_transpose_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch};
use faer::{Conj, Mat, MatMut, MatRef, Par};

use super::band::WIDTH;

/// Memory for the QR of panels of up to `WIDTH` columns, and the triangular factor of the latest
/// one: `Q = I − V·T⁻¹·Vᵀ`, with `V` unit lower trapezoidal in the panel, below `R`.
pub(super) struct Panels {
    factor: Mat<f64>,
    size: usize,
    buffer: MemBuffer,
    par: Par,
}

impl Panels {
    /// For panels of up to `rows` rows that are applied to up to `others` columns.
    pub(super) fn new(rows: usize, others: usize, par: Par) -> Self {
        let qr = qr_in_place_scratch::<f64>(rows, WIDTH, WIDTH, par, Default::default());
        let need = StackReq::any_of(&[qr, apply_scratch::<f64>(rows, WIDTH, others)]);
        let buffer = MemBuffer::new(need);
        Self { factor: Mat::zeros(WIDTH, WIDTH), size: 0, buffer, par }
    }

    /// Replaces `panel` by its `R` and `V`.
    pub(super) fn factorize(&mut self, panel: MatMut<'_, f64>) {
        self.size = panel.nrows().min(panel.ncols());
        let factor = self.factor.as_mut().submatrix_mut(0, 0, self.size, self.size);
        let stack = MemStack::new(&mut self.buffer);
        qr_in_place(panel, factor, self.par, stack, Default::default());
    }

    /// `T` of the latest panel, upper triangular.
    pub(super) fn t(&self) -> MatRef<'_, f64> {
        self.factor.as_ref().submatrix(0, 0, self.size, self.size)
    }

    /// Replaces `matrix` by `Qᵀ·matrix`, with the `Q` of the latest panel, `panel`.
    pub(super) fn apply_transposed(&mut self, panel: MatRef<'_, f64>, matrix: MatMut<'_, f64>) {
        let t = self.factor.as_ref().submatrix(0, 0, self.size, self.size);
        let v = panel.subcols(0, self.size);
        apply(v, t, Conj::No, matrix, self.par, MemStack::new(&mut self.buffer));
    }
}
